import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, type Server, signIn, type Test, tile } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** A file that fills custom fields and puts a tag and a list on its people, and the way back from it. */

/** For a hundred thousand rows on a busy machine. */
const LONG = 180_000;

/** Every contact as the server writes them into a file. */
const exported = (page: Page, query = "") =>
  page.evaluate(async (asked) => {
    const answer = await fetch(`/api/contacts/export.csv${asked}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`export.csv: ${text}`);
    return text;
  }, query);

async function upload(page: Page, server: Server, name: string, lines: string[]): Promise<void> {
  await open(page, server, "/import");
  const file = { name, mimeType: "text/csv", buffer: Buffer.from(`${lines.join("\n")}\n`) };
  await page.locator('input[type="file"]').setInputFiles(file);
  await page.getByRole("heading", { name: "What each column becomes" }).waitFor();
}

/** Goes on from the columns, past the check of all rows, to the rules. */
async function toRules(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText(/can be imported/).waitFor({ timeout: LONG });
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Import the contacts" }).waitFor();
}

/** Starts the import, and waits until the database has its rows. */
async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Import the contacts" }).click();
  await page.getByText(/rows? read\./).waitFor({ timeout: LONG });
  await page.getByRole("button", { name: "Undo import" }).waitFor();
}

/** Takes the import on this page back. */
async function undo(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Undo import" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo the import" }).click();
  await page.getByText("This import is undone.").waitFor({ timeout: LONG });
}

const people = (page: Page) => page.locator(".cell-name a");

export const tests: Test[] = [
  {
    name: "an import fills custom fields and puts a tag and a list on, and undoing it leaves everything as it was",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await open(page, server, "/contacts");
      await send(page, "POST", "/api/custom-fields", {
        name: "Tier",
        kind: "choice",
        choices: ["Gold", "Silver"],
      });
      for (const first_name of ["Ada", "Bea"])
        await send(page, "POST", "/api/contacts", {
          first_name,
          email: `${first_name.toLowerCase()}@buyer.example`,
        });
      await upload(page, server, "guests.csv", [
        "Email,First name,City,TIER,Hotel room",
        "ada@buyer.example,Ada,Oslo,Gold,",
        "bea@buyer.example,Bea,,,",
        "cid@buyer.example,Cid,Oslo,Silver,0301",
        "dan@buyer.example,Dan,Bergen,,0302",
        "eva@buyer.example,Eva,Bergen,Gold,0303",
      ]);
      const tier = await page.getByLabel("TIER becomes").inputValue();
      check(tier === "custom.tier", `The column TIER becomes ${tier}.`);
      const room = page.getByLabel("Hotel room becomes");
      await room.selectOption({ label: "New custom field…" });
      await dialog.getByRole("button", { name: "Add the field" }).click();
      await dialog.waitFor({ state: "detached" });
      check((await room.inputValue()) === "custom.hotel_room", "The new field is not chosen.");
      await judge(page, "columns", problems);
      await toRules(page);

      await page.getByRole("combobox", { name: "Tags for them" }).fill("VIP");
      await page.getByRole("option", { name: "Create tag “VIP”" }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Leave out the tag VIP" }).waitFor();
      await page.getByLabel("List to put them on").selectOption({ label: "New list…" });
      await dialog.getByLabel("Name").fill("Spring dinner");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await judge(page, "rules", problems);
      const before = await exported(page);
      await run(page);
      for (const [label, expected] of [
        ["Created", 3],
        ["Updated", 1],
        ["Unchanged", 1],
        ["Rejected", 0],
      ] as const) {
        const value = await tile(page, label);
        check(value === expected, `${label} is ${value}, not ${expected}.`);
      }
      const put = page.getByRole("region", { name: "What they got" });
      await put.getByRole("link", { name: "VIP" }).waitFor();
      await judge(page, "result", problems);
      const result = page.url();
      await put.getByRole("link", { name: "Spring dinner" }).click();
      await page.getByRole("heading", { name: "Spring dinner", level: 1 }).waitFor();
      await people(page).nth(4).waitFor();
      await people(page).filter({ hasText: "Cid" }).click();
      await page.getByRole("button", { name: "Hotel room: 0301. Edit" }).waitFor();
      check((await page.getByLabel("Tier").inputValue()) === "Silver", "Cid has no tier.");
      await main(page).getByRole("link", { name: "VIP" }).waitFor();
      check((await exported(page)) !== before, "The import changed nothing.");

      await page.goto(result);
      await page.getByRole("button", { name: "Undo import" }).focus();
      await page.keyboard.press("Enter");
      await dialog.getByText("3 contacts that it made are removed.").waitFor();
      await dialog.getByText("1 contact that it changed gets its earlier values back.").waitFor();
      await dialog.getByText("The tag “VIP” and the list “Spring dinner” come off everybody").waitFor();
      await judge(page, "undo dialog", problems);
      await dialog.getByRole("button", { name: "Undo the import" }).click();
      await page.getByText("This import is undone.").waitFor();
      await page.getByText("3 contacts were removed, and 1 got its earlier values back.").waitFor();
      await judge(page, "undone", problems);
      const after = await exported(page);
      check(after === before, `Not everything is as it was:\n${before}\n---\n${after}`);
      await open(page, server, "/import");
      await main(page).getByText("Undone").waitFor();
      check(
        (await page.getByRole("link", { name: /^Undo the import/ }).count()) === 0,
        "Undo is still offered.",
      );

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      for (const path of ["/import", new URL(result).pathname]) {
        await open(phone, server, path);
        await judge(phone, `${path} 390 px`, problems);
      }
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "undoing leaves alone whom somebody has changed since, and what the list shows can be taken along",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await upload(page, server, "more.csv", [
        "Email,First name",
        "flo@buyer.example,Flo",
        "gus@buyer.example,Gus",
      ]);
      await toRules(page);
      await run(page);
      await page.getByRole("link", { name: "See the new contacts" }).click();
      const flo = (await people(page).filter({ hasText: "Flo" }).getAttribute("href")) ?? "";
      await send(page, "PATCH", `/api${flo}`, { city: "Oslo" });

      await open(page, server, "/contacts?q=flo");
      await page.getByRole("button", { name: "Export" }).click();
      await judge(page, "export menu", problems);
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: /^CSV/ }).click();
      const file = readFileSync(await (await download).path(), "utf8");
      check(file.includes("flo@buyer.example"), `Flo is not in the file: ${file}`);
      check(!file.includes("gus@buyer.example"), "The file does not follow the filter.");

      await open(page, server, "/import");
      await page.getByRole("link", { name: "Undo the import of more.csv" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Undo the import" }).click();
      await page.getByText("1 contact was removed. 1 contact stayed as it is").waitFor();
      await page.getByRole("link", { name: "See the new contact that stayed" }).click();
      await people(page).first().waitFor();
      check((await people(page).allTextContents()).join() === "Flo", "Flo is not the only one left.");
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "a hundred thousand rows go in, the rejected ones are mended and go in too, and all of it is undone",
    async run(kit) {
      const { server, page } = await ready(kit);
      await open(page, server, "/contacts");
      await send(page, "POST", "/api/contacts", { first_name: "Ada", email: "person7@crowd.example" });
      const before = await exported(page);
      const rows = Array.from({ length: 100_000 }, (_, n) =>
        n % 100 < 3 ? `person${n},P${n},Oslo` : `person${n}@crowd.example,P${n},Bergen`,
      );
      await upload(page, server, "crowd.csv", ["Email,First name,City", ...rows]);
      await toRules(page);
      await run(page);
      const first = page.url();
      for (const [label, expected] of [
        ["Created", 96_999],
        ["Updated", 1],
        ["Rejected", 3000],
      ] as const) {
        const value = await tile(page, label);
        check(value === expected, `${label} is ${value}, not ${expected}.`);
      }
      const download = page.waitForEvent("download");
      await page
        .getByRole("link", { name: /rejected/i })
        .first()
        .click();
      const rejected = readFileSync(await (await download).path(), "utf8");
      const mended = rejected.trim().replaceAll(/^person(\d+),/gm, "person$1@crowd.example,");
      await upload(page, server, "mended.csv", mended.split(/\r?\n/));
      await toRules(page);
      await run(page);
      check((await tile(page, "Created")) === 3000, "Not every mended row made a contact.");
      check((await tile(page, "Rejected")) === 0, "A mended row was rejected.");
      await undo(page);
      await page.goto(first);
      await undo(page);
      check((await exported(page)) === before, "Not everything is as it was.");
    },
  },
];
