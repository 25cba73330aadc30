import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, type Server, signIn, type Test, tile } from "./kit.ts";
import { ADMIN, open, REP, ready, send, two } from "./people.ts";

/** Whose the people of a file become and what they agreed to; and the suppression list as a file. */

async function upload(page: Page, server: Server, name: string, lines: string[]): Promise<void> {
  await open(page, server, "/import");
  const file = { name, mimeType: "text/csv", buffer: Buffer.from(`${lines.join("\n")}\n`) };
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole("heading", { name: "What each column becomes" }).waitFor();
}

/** Goes on by keyboard, past the check of all rows, to the rules. */
async function toRules(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Continue" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText(/can be imported/).waitFor();
  await page.getByRole("button", { name: "Continue" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Import the contacts" }).waitFor();
}

/** Ticks a box as the keyboard does. */
async function tick(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("checkbox", { name }).focus();
  await page.keyboard.press("Space");
}

type Contacts = { data: { id: string; email: string; owner_id: string }[] };

const read = <T>(page: Page, path: string): Promise<T> =>
  page.evaluate(async (from) => (await (await fetch(from)).json()) as never, path);

const row = (page: Page, text: string) => page.locator(".suppressed").filter({ hasText: text });

export const tests: Test[] = [
  {
    name: "a file by keyboard: found by phone, given out in turn, with what they agreed to, and taken back",
    async run(kit) {
      const { server, admin: page } = await two(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      await send(page, "POST", "/api/contacts", { first_name: "Ada", phone: "+4740012345" });
      const stopped = await send(page, "POST", "/api/contacts", { email: "eva@buyer.example" });
      await send(page, "POST", "/api/suppressions", { channel: "all", value: "eva@buyer.example" });
      await upload(page, server, "fair.csv", [
        "Email,First name,Phone,City",
        "ada@buyer.example,Ada,+47 400 12 345,Oslo",
        "bea@buyer.example,Bea,+47 400 12 346,Oslo",
        "cid@buyer.example,Cid,,Oslo",
        "eva@buyer.example,Eva,+47 400 12 347,Oslo",
        "dan@buyer.example,Dan,+47 400 12 348,Oslo",
      ]);
      await toRules(page);
      const key = page.getByLabel("Find people who are here by");
      await key.focus();
      await page.keyboard.type("Phone only");
      check((await key.inputValue()) === "phone", "The keyboard does not choose the phone.");
      const without = page.getByLabel("Rows without a phone number");
      await without.focus();
      await page.keyboard.type("Reject");
      await page.getByText("The check was made with other rules").waitFor();
      await page.getByRole("button", { name: "Check again" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("The e-mail address is another contact's").waitFor();
      await page.getByText("No phone number to find the contact by").waitFor();
      check((await tile(page, "New")) === 2, "The check does not count two new people.");
      await judge(page, "check", problems);
      await page.getByRole("button", { name: "Continue" }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Import the contacts" }).waitFor();
      const owner = page.getByLabel("New contacts belong to");
      await owner.focus();
      await page.keyboard.type("Several");
      await tick(page, "Rita Rep (you)");
      await tick(page, "Ann Lee");
      await page.getByText("Each of the 2 gets as many").waitFor();
      await tick(page, "The people of this file agreed to be written to");
      await tick(page, "Text");
      // Nothing starts without saying where it comes from.
      await page.getByRole("button", { name: "Import the contacts" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("Say where this comes from").waitFor();
      await page.getByLabel("Where it comes from").focus();
      await page.keyboard.type("Spring fair");
      await judge(page, "rules", problems);
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, `${new URL(page.url()).pathname}?step=rules`);
      await tick(phone, "The people of this file agreed to be written to");
      await judge(phone, "rules 390 px", problems);
      await page.getByRole("button", { name: "Import the contacts" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText(/rows? read\./).waitFor();
      for (const [label, expected] of [
        ["Created", 2],
        ["Updated", 1],
        ["Rejected", 2],
      ] as const) {
        const value = await tile(page, label);
        check(value === expected, `${label} is ${value}, not ${expected}.`);
      }
      const got = page.getByRole("region", { name: "What they got" });
      await got.getByText("Rita Rep, Ann Lee").waitFor();
      await got.getByText(/^Email, Text: Spring fair/).waitFor();
      await judge(page, "result", problems);
      const { data } = await read<Contacts>(page, "/api/contacts?limit=50");
      const owners = new Set(data.filter(({ email }) => /bea|dan/.test(email)).map((one) => one.owner_id));
      check(owners.size === 2, "The new contacts are not given out in turn.");
      const bea = data.find(({ email }) => email === "bea@buyer.example");
      const result = page.url();
      await open(page, server, `/contacts/${bea?.id}`);
      await main(page).getByText("Spring fair").first().waitFor();
      await open(page, server, `/contacts/${stopped.id}`);
      await page.getByText("Nothing is written down.").waitFor();

      await page.goto(result);
      await page.getByRole("button", { name: "Undo import" }).focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.getByText("What they agreed to by this file is taken back.").waitFor();
      await dialog.getByRole("button", { name: "Undo the import" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("What they agreed to by it was taken back.").waitFor();
      const left = await read<Contacts>(page, "/api/contacts?limit=50");
      check(left.data.length === 2, `${left.data.length} contacts are left.`);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "the suppression list goes out as a file and comes in, and what cannot be used comes back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/settings/suppression");
      await page.getByRole("link", { name: "Export" }).waitFor();
      await page.getByRole("button", { name: "Import", exact: true }).focus();
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog", { name: "Import suppressed addresses" });
      await judge(page, "dialog", problems);
      const rows = Array.from({ length: 250 }, (_, n) => `person${n}@crowd.example,email,Asked`);
      const bring = (name: string, lines: string[]) =>
        page.locator('dialog input[type="file"]').setInputFiles({
          name,
          mimeType: "text/csv",
          buffer: Buffer.from(`${lines.join("\n")}\n`),
        });
      await bring("stop.csv", ["value,channel,reason", ...rows, "nobody,email,Asked", "x@y.example,pigeon,"]);
      await dialog.getByText("250 addresses were added.").waitFor();
      await dialog.getByText("2 rows could not be used").waitFor();
      await dialog.getByText("Line 252").waitFor();
      await judge(page, "rejected rows", problems);
      const back = page.waitForEvent("download");
      await dialog.getByRole("button", { name: "Download the rejected rows" }).click();
      const download = await back;
      check(download.suggestedFilename() === "stop-rejected.csv", download.suggestedFilename());
      const rejected = readFileSync(await download.path(), "utf8");
      check(rejected.includes('nobody,email,Asked,"Line 252'), rejected);
      const mended = rejected.trim().replace("nobody", "nora@crowd.example").replace("pigeon", "all");
      await bring("mended.csv", mended.split(/\r?\n/));
      await dialog.getByText("2 addresses were added.").waitFor();
      await page.getByRole("button", { name: "Done" }).focus();
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });

      await page.getByRole("heading", { name: "The newest 200" }).waitFor();
      await row(page, "nora@crowd.example").waitFor();
      // One that the page has not read yet.
      await page.getByRole("searchbox", { name: "Search" }).fill("person249@crowd.example");
      await row(page, "person249@crowd.example").waitFor();
      await page.getByRole("searchbox", { name: "Search" }).fill("");
      await page.getByRole("button", { name: "Show more" }).click();
      await page.getByRole("heading", { name: "252 entries" }).waitFor();
      await judge(page, "list", problems);

      const file = page.waitForEvent("download");
      await page.getByRole("link", { name: "Export" }).click();
      const list = readFileSync(await (await file).path(), "utf8");
      check(list.trim().split("\n").length === 253, "The file has not every entry.");
      await page.getByRole("button", { name: "Import", exact: true }).click();
      await bring("suppressions.csv", list.trim().split("\n"));
      await dialog.getByText("All 252 addresses were there already.").waitFor();
      await page.keyboard.press("Escape");

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/settings/suppression");
      await judge(phone, "list 390 px", problems);
      await phone.getByRole("button", { name: "Import", exact: true }).click();
      await phone.getByText("The e-mail address or phone number.").waitFor();
      await judge(phone, "dialog 390 px", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "a rep imports for themselves alone, and brings no list of addresses",
    async run(kit) {
      const { server, rep: page } = await two(kit);
      check(REP.email !== ADMIN.email, "There is one person only.");
      await upload(page, server, "own.csv", ["Email,First name", "flo@buyer.example,Flo"]);
      await toRules(page);
      check((await page.getByLabel("New contacts belong to").count()) === 0, "A rep may choose an owner.");
      await page.getByRole("button", { name: "Import the contacts" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText(/rows? read\./).waitFor();
      await open(page, server, "/settings/suppression");
      await page.getByRole("link", { name: "Export" }).waitFor();
      check(
        (await page.getByRole("button", { name: "Import", exact: true }).count()) === 0,
        "A rep may bring a list.",
      );
    },
  },
];
