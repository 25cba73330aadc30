import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Two contacts that are one person: found, made one, and taken apart again. */

const exported = (page: import("playwright-core").Page) =>
  page.evaluate(async () => (await fetch("/api/contacts/export.csv")).text());

export const tests: Test[] = [
  {
    name: "duplicates are found and merged, and taken apart again with nothing lost",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      for (const [email, city] of [
        ["ada@work.example", "Oslo"],
        ["ada.l@work.example", "Bergen"],
      ]) {
        await send(page, "POST", "/api/contacts", {
          first_name: "Ada",
          last_name: "Lee",
          email,
          city,
          phone: "+14155550123",
        });
      }
      const before = await exported(page);
      await page.getByRole("link", { name: "Duplicates" }).click();
      const group = page.getByRole("region", { name: "2 contacts like Ada Lee" });
      await group.waitFor();
      await judge(page, "duplicates", problems);
      const reason = page.getByLabel("What they have in common");
      await reason.selectOption({ label: "Same name and company" });
      await page.getByText("Nobody is there twice.").waitFor();
      await reason.selectOption({ label: "Same name and e-mail domain" });
      await group.getByRole("radio", { name: /ada\.l@work\.example/ }).check();
      await group.getByRole("button", { name: "Merge" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Kept as addresses of theirs: ada@work.example.").waitFor();
      await judge(page, "what happens", problems);
      await dialog.getByRole("button", { name: "Merge" }).click();
      await page.getByText("Ada Lee is one contact now.").waitFor();
      await page.getByText("Nobody is there twice.").waitFor();
      await judge(page, "merged", problems);
      await page.getByRole("link", { name: "Ada Lee" }).click();
      await page.getByRole("heading", { name: "Ada Lee", level: 1 }).waitFor();
      const stayed = page.url();
      await page.getByRole("button", { name: "Remove ada@work.example" }).waitFor();
      await main(page).getByText("Another contact was folded in").waitFor();
      await judge(page, "contact", problems);
      // The id of the other leads here.
      const other = /^(con_\w+),ada@work/m.exec(before)?.[1] ?? "";
      await page.goto(`${server.address}/contacts/${other}`);
      await page.waitForURL(stayed);

      await open(page, server, "/contacts/duplicates");
      await page.getByRole("button", { name: "Undo the merge of Ada Lee" }).click();
      await page.getByText("are two contacts again.").waitFor();
      await main(page).getByText("Taken apart").waitFor();
      const after = await exported(page);
      check(after === before, `Not everything is as it was:\n${before}\n---\n${after}`);

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      for (const path of ["/contacts/duplicates", new URL(stayed).pathname]) {
        await open(phone, server, path);
        await judge(phone, `${path} 390 px`, problems);
      }
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "another address is added, belongs to one contact, and a contact is merged from its page by keyboard",
    async run(kit) {
      const { server, page } = await ready(kit);
      await open(page, server, "/contacts");
      for (const name of ["Bea", "Bob"])
        await send(page, "POST", "/api/contacts", {
          first_name: name,
          email: `${name.toLowerCase()}@home.example`,
        });
      await page.getByRole("link", { name: "Bea" }).click();
      await page.getByRole("button", { name: "Add an address" }).click();
      await page.getByLabel("Address", { exact: true }).fill("bob@home.example");
      await page.keyboard.press("Enter");
      await page.getByText("Another contact has this address").waitFor();
      await page.getByLabel("Kind").selectOption({ label: "Telegram" });
      await page.getByLabel("Address", { exact: true }).fill("@bea_b");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Remove @bea_b" }).click();
      await page.getByText("@bea_b is no address of theirs any more.").waitFor();
      await page.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("button", { name: "Remove @bea_b" }).waitFor();
      await page.getByRole("button", { name: "Merge" }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.type("bob");
      await page.getByRole("option", { name: /Bob/ }).waitFor();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Kept as addresses of theirs: bob@home.example.").waitFor();
      await dialog.getByRole("button", { name: "Merge" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Remove bob@home.example" }).waitFor();
      await page.getByText("Bea is one contact now.").waitFor();
      await page.getByRole("button", { name: "Undo" }).last().click();
      await page.getByText("Bea and Bob are two contacts again.").waitFor();
      await page.getByRole("button", { name: "Remove bob@home.example" }).waitFor({ state: "detached" });
    },
  },
];
