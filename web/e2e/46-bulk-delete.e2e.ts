import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Everybody that matches is deleted, and comes back. */

const LONG = 60_000;

/** Every contact as the server writes them into a file. */
const exported = (page: Page) =>
  page.evaluate(async () => {
    const answer = await fetch("/api/contacts/export.csv");
    const text = await answer.text();
    if (!answer.ok) throw new Error(`export.csv: ${text}`);
    return text;
  });

export const tests: Test[] = [
  {
    name: "everybody that matches is deleted with the keyboard, and comes back from the toast and from the jobs",
    async run(kit) {
      const { server, page } = await ready(kit);
      const toast = page.locator(".toast");
      const problems: string[] = [];
      await open(page, server, "/contacts");
      for (let n = 0; n < 24; n += 1)
        await send(page, "POST", "/api/contacts", {
          email: `p${n}@crowd.example`,
          first_name: `P${n}`,
          city: n % 2 ? "Oslo" : "Bergen",
        });
      const before = await exported(page);

      // What a search finds, by keys alone.
      await open(page, server, "/contacts?q=oslo");
      await page.getByLabel("Select all in the list").focus();
      await page.keyboard.press("Space");
      await page.getByText("12 contacts selected", { exact: true }).waitFor();
      await judge(page, "bulk bar", problems);
      await page.getByRole("button", { name: "Delete…" }).focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Delete 12 contacts" });
      await dialog.getByText("For 30 days this can be undone").waitFor();
      await judge(page, "delete dialog", problems);
      await dialog.getByRole("button", { name: "Delete 12 contacts" }).focus();
      await page.keyboard.press("Enter");
      await toast.getByText("12 contacts are deleted.").waitFor({ timeout: LONG });
      await main(page).getByText("No contacts match.").waitFor();
      await judge(page, "toast", problems);
      await page.keyboard.press("z");
      await toast.getByText("Undone: 12 contacts are back as before.").waitFor({ timeout: LONG });
      await main(page).getByText("P23").first().waitFor();
      check((await exported(page)) === before, "Not everybody is as before.");

      // On a phone; one of them is there again meanwhile, and stays the one that is there.
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/contacts");
      for (const name of ["P22", "P23"]) await phone.getByLabel(`Select ${name}`).check();
      await phone.getByRole("button", { name: "Delete…" }).click();
      await judge(phone, "delete dialog 390 px", problems);
      await phone.getByRole("button", { name: "Delete 2 contacts" }).click();
      await phone.locator(".toast").getByText("2 contacts are deleted.").waitFor({ timeout: LONG });
      await send(phone, "POST", "/api/contacts", { email: "p23@crowd.example", first_name: "Again" });

      await open(page, server, "/jobs");
      await main(page).getByText("2 contacts are deleted.", { exact: true }).waitFor();
      await main(page).getByRole("button", { name: "Undo" }).first().click();
      const undone =
        "Undone: 1 contact is back as before. 1 was left out: somebody else has their address by now, or they were erased.";
      await toast.getByText(undone).waitFor({ timeout: LONG });
      await judge(page, "jobs", problems);
      check((await exported(page)).includes("Again"), "Whoever was there is there no more.");
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
];
