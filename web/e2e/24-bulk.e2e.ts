import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, type Server, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** One action on everybody that matches, as a job that can be undone. */

const LONG = 60_000;

/** Every contact as the server writes them into a file. */
const exported = (page: Page) =>
  page.evaluate(async () => {
    const answer = await fetch("/api/contacts/export.csv");
    const text = await answer.text();
    if (!answer.ok) throw new Error(`export.csv: ${text}`);
    return text;
  });

/** How many contacts the server finds. */
const found = (page: Page, query: string) =>
  page.evaluate(async (asked) => {
    const answer = (await (await fetch(`/api/contacts?limit=1&${asked}`)).json()) as { total: number };
    return answer.total;
  }, query);

/** So many people come in as a file. */
async function crowd(page: Page, server: Server, size: number): Promise<void> {
  await open(page, server, "/import");
  const lines = Array.from(
    { length: size },
    (_, n) => `p${n}@crowd.example,P${n},${n % 2 ? "Oslo" : "Bergen"}`,
  );
  const buffer = Buffer.from(`Email,First name,City\n${lines.join("\n")}\n`);
  await page.locator('input[type="file"]').setInputFiles({ name: "crowd.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText(/can be imported/).waitFor({ timeout: LONG });
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Import the contacts" }).click();
  await page.getByRole("button", { name: "Undo import" }).waitFor({ timeout: LONG });
}

async function selectAll(page: Page, matching: string): Promise<void> {
  await page.getByLabel("Select all in the list").check();
  await page.getByRole("button", { name: `Select all ${matching} that match` }).click();
  await page.getByText(`All ${matching} that match`, { exact: true }).waitFor();
}

export const tests: Test[] = [
  {
    name: "everybody that matches is tagged and set to a status, and undone from the toast, by key and from the jobs",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = page.getByRole("dialog");
      const toast = page.locator(".toast");
      const problems: string[] = [];
      await crowd(page, server, 1240);
      const before = await exported(page);

      // What a search finds, which is half of them.
      await open(page, server, "/contacts?q=oslo");
      await selectAll(page, "620");
      await judge(page, "bulk bar", problems);
      await page.getByRole("button", { name: "Add tag…" }).click();
      await dialog.getByRole("combobox").fill("VIP");
      await dialog.getByRole("option", { name: "Create tag “VIP”" }).waitFor();
      await page.keyboard.press("Enter");
      await dialog.getByRole("button", { name: "Make it, and add the tag" }).click();
      await toast.getByText("620 contacts got VIP.").waitFor({ timeout: LONG });
      // Under the pointer it stays, however long the look takes.
      await toast.hover();
      await judge(page, "toast", problems);
      await page.locator(".cell-tags .chip").first().waitFor();
      check((await exported(page)) !== before, "Nobody got the tag.");
      await page.keyboard.press("z");
      await toast.getByText("Undone: 620 contacts are as before.").waitFor({ timeout: LONG });
      check((await exported(page)) === before, "Not everything is as it was.");

      // Everybody, though the status decides who matches.
      await open(page, server, `/contacts?status=${encodeURIComponent("No Activity")}`);
      await selectAll(page, "1,240");
      await page.getByRole("button", { name: "Set status…" }).click();
      await dialog.getByLabel("Status").selectOption("Declined");
      await judge(page, "status dialog", problems);
      await dialog.getByRole("button", { name: "Set to Declined" }).click();
      await toast.getByText("1,240 contacts are set to Declined.").waitFor({ timeout: LONG });
      await main(page).getByText("No contacts match.").waitFor();
      check((await found(page, "status=Declined")) === 1240, "Not all of them are set.");
      // A colleague changes one of them meanwhile.
      const one = await page.evaluate(async () => {
        const answer = await fetch("/api/contacts?search=p7@crowd.example");
        return ((await answer.json()) as { data: { id: string }[] }).data[0]?.id ?? "";
      });
      await send(page, "PATCH", `/api/contacts/${one}`, { status: "Attended" });

      await open(page, server, "/jobs");
      await main(page).getByText("1,240 contacts are set to Declined.").waitFor();
      await main(page).getByText("620 contacts got VIP.").waitFor();
      await judge(page, "jobs", problems);
      check((await main(page).getByRole("button", { name: "Undo" }).count()) === 1, "Undo is offered twice.");
      await main(page).getByRole("button", { name: "Undo" }).click();
      const undone =
        "Undone: 1,239 contacts are as before. 1 was left alone: changed by somebody since, or gone.";
      await toast.getByText(undone).waitFor({ timeout: LONG });
      check((await found(page, "status=Declined")) === 0, "Somebody is still set.");
      check((await found(page, "status=Attended")) === 1, "What a colleague did is lost.");
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "a few that are ticked go off a list and get a status on a phone, and come back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      for (const first_name of ["Ada", "Bea", "Cid"])
        await send(page, "POST", "/api/contacts", {
          first_name,
          email: `${first_name.toLowerCase()}@buyer.example`,
        });
      const list = await send(page, "POST", "/api/lists", { name: "Spring dinner" });
      await send(page, "POST", `/api/lists/${list.id}/contacts`, { who: { all: true } });

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      const toast = phone.locator(".toast");
      await open(phone, server, `/contacts?set_id=${list.id}`);
      for (const name of ["Ada", "Bea"]) await phone.getByLabel(`Select ${name}`).check();
      await judge(phone, "bulk bar 390 px", problems);
      await phone.getByRole("button", { name: "Take off this list" }).click();
      await toast.getByText("2 contacts went off Spring dinner.").waitFor();
      await judge(phone, "toast 390 px", problems);
      check((await found(phone, `set_id=${list.id}`)) === 1, "They are still on the list.");
      await toast.getByRole("button", { name: "Undo" }).click();
      await toast.getByText("Undone: 2 contacts are as before.").waitFor();
      check((await found(phone, `set_id=${list.id}`)) === 3, "They are not back on the list.");

      await phone.getByLabel("Select Cid").check();
      await phone.getByRole("button", { name: "Set status…" }).click();
      await phone.getByRole("dialog").getByLabel("Status").selectOption("Do Not Contact");
      await phone.getByRole("dialog").getByText("who must not be written to belongs on").waitFor();
      await judge(phone, "status dialog 390 px", problems);
      await phone.getByRole("dialog").getByRole("button", { name: "Set to Do Not Contact" }).click();
      await toast.getByText("1 contact is set to Do Not Contact.").waitFor();
      await open(phone, server, "/jobs");
      await judge(phone, "jobs 390 px", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
];
