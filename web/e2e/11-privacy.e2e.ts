import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, DESKTOP, type Kit, main, PHONE, type Server, signIn, type Test } from "./kit.ts";

/** What a person may ask of whoever stores something about them. */

/** The page of somebody who was written to. */
async function somebody(kit: Kit): Promise<{ server: Server; page: Page; name: string }> {
  const server = await kit.server();
  const page = await kit.page();
  await signIn(page, server);
  await page.goto(`${server.address}/inbox/open`);
  const thread = page.locator("a.conversation").first();
  await thread.waitFor({ timeout: 60_000 });
  const conversation = (await thread.getAttribute("href"))?.split("/").pop() ?? "";
  const contact = await page.evaluate(
    async (id) =>
      ((await (await fetch(`/api/conversations/${id}`)).json()) as { contact_id: string }).contact_id,
    conversation,
  );
  await page.goto(`${server.address}/contacts/${contact}`);
  await settle(page);
  return { server, page, name: ((await page.locator("h1").textContent()) ?? "").trim() };
}

export const tests: Test[] = [
  {
    name: "everything about a person comes as a file",
    async run(kit) {
      const { page, name } = await somebody(kit);
      const waiting = page.waitForEvent("download");
      await page.getByRole("link", { name: "Export this person's data" }).click();
      const download = await waiting;
      check(/^con_.*\.json$/.test(download.suggestedFilename()), `It is ${download.suggestedFilename()}.`);
      const all = JSON.parse(readFileSync(await download.path(), "utf8")) as {
        contact: { last_name: string }[];
        messages: unknown[];
      };
      check(name.endsWith(all.contact[0]?.last_name ?? "?"), `It is about ${all.contact[0]?.last_name}.`);
      check(all.messages.length > 0, "It has no message.");
    },
  },
  {
    name: "a person is erased after their name was typed, and a certificate stays",
    async run(kit) {
      const { server, page, name } = await somebody(kit);
      const address = page.url();
      await page.getByRole("button", { name: "Erase this person…" }).click();
      const dialog = page.getByRole("dialog");
      const button = dialog.getByRole("button", { name: "Erase for good" });
      check(await button.isDisabled(), "They can be erased without their name.");
      await dialog.getByRole("textbox").fill(name);
      // Something may be on its way to them at this very moment; then one tries again, as it says.
      for (let tries = 0; tries < 20; tries += 1) {
        await button.click();
        const done = page.getByRole("heading", { name: "Certificate of erasure" });
        const busy = dialog.getByText("is being sent right now");
        await done.or(busy).first().waitFor();
        if (await done.isVisible()) break;
      }
      await main(page).getByText("Contact", { exact: true }).waitFor();
      check(!((await main(page).textContent()) ?? "").includes(name), "The certificate names the person.");
      await page.goto(address);
      await page
        .getByText(/does not exist/)
        .first()
        .waitFor();
      await page.goto(`${server.address}/settings/suppression`);
      await page.getByText("An erased address").first().waitFor();
      await page.goto(`${server.address}/settings/audit`);
      await page
        .getByText(/erased a person for good/)
        .first()
        .waitFor();

      const problems: string[] = [];
      for (const [size, options] of [
        ["desktop", DESKTOP],
        ["390 px", PHONE],
      ] as const) {
        const view = await kit.page(options);
        await signIn(view, server);
        await view.goto(`${server.address}/settings/privacy`);
        await settle(view);
        await judge(view, `certificates ${size}`, problems);
        await main(view).locator(".erasure a").first().click();
        await view.getByRole("heading", { name: "Certificate of erasure" }).waitFor();
        await judge(view, `certificate ${size}`, problems);
        await view.goto(`${server.address}/contacts`);
        await view.locator(".cell-name a").first().click();
        await view.getByRole("button", { name: "Erase this person…" }).click();
        await judge(view, `erase ${size}`, problems);
      }
      check(problems.length === 0, problems.join("\n      "));
    },
  },
];
