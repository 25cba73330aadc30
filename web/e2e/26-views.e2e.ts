import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** The order, the columns and the saved views of the lists. */

const LONG = 120_000;
const PEOPLE = [
  ["Zoe", "Berg", "Acme", "Oslo"],
  ["Ann", "Lund", "Nordlys", "Oslo"],
  ["Mia", "Dahl", "Acme", "Bergen"],
  ["Bo", "Vik", "Beta", "Oslo"],
] as const;

const rail = (page: Page) => page.getByRole("navigation", { name: "Main" });
const head = (page: Page, name: string) => main(page).getByRole("columnheader", { name, exact: true });
const names = (page: Page) => main(page).locator(".grid-body .cell-name").allInnerTexts();
const asked = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

/** Waits until the rows are these, in this order. */
async function rowsAre(page: Page, expected: readonly string[]): Promise<void> {
  await page
    .waitForFunction(
      (wanted) =>
        [...document.querySelectorAll("main .grid-body .cell-name")]
          .map((cell) => cell.textContent?.trim() ?? "")
          .join("|") === wanted,
      expected.join("|"),
      { timeout: 10_000 },
    )
    .catch(async () => {
      throw new Error(`The rows are ${(await names(page)).join(", ")}, not ${expected.join(", ")}.`);
    });
}

/** Waits until the first row is this one. */
const beginsWith = async (page: Page, name: string) =>
  await until(`${name} to be the first row`, 20_000, async () => (await names(page))[0]?.trim() === name);

async function press(page: Page, item: string): Promise<void> {
  await main(page).locator(".views > button").click();
  await main(page).locator(".views-pop").getByRole("button", { name: item }).click();
}

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

export const tests: Test[] = [
  {
    name: "a list is put in order, given columns, saved, pinned, changed, reset, deleted and brought back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const toast = page.locator(".toast");
      const problems: string[] = [];
      await open(page, server, "/contacts");
      for (const [first_name, last_name, company, city] of PEOPLE)
        await send(page, "POST", "/api/contacts", {
          first_name,
          last_name,
          company,
          city,
          email: `${first_name.toLowerCase()}@buyer.example`,
        });
      await open(page, server, "/contacts");
      await rowsAre(page, ["Bo Vik", "Mia Dahl", "Ann Lund", "Zoe Berg"]);
      check(
        (await head(page, "Added").getAttribute("aria-sort")) === "descending",
        "It is not the newest first.",
      );

      // The order, by pointer and by key.
      await head(page, "Name").getByRole("button").click();
      await rowsAre(page, ["Ann Lund", "Bo Vik", "Mia Dahl", "Zoe Berg"]);
      check(asked(page, "sort") === "name", "The order is not in the address.");
      check(
        (await head(page, "Name").getAttribute("aria-sort")) === "ascending",
        "The head does not say so.",
      );
      await head(page, "Name").getByRole("button").focus();
      await page.keyboard.press("Enter");
      await rowsAre(page, ["Zoe Berg", "Mia Dahl", "Bo Vik", "Ann Lund"]);
      check(
        (await head(page, "Name").getAttribute("aria-sort")) === "descending",
        "It was not turned round.",
      );

      // The columns.
      await main(page).getByRole("button", { name: "Columns" }).click();
      await main(page).getByLabel("City", { exact: true }).check();
      await main(page).getByLabel("ICP score", { exact: true }).check();
      await main(page).getByLabel("Phone", { exact: true }).uncheck();
      await judge(page, "columns", problems);
      await page.keyboard.press("Escape");
      await head(page, "City").waitFor();
      check((await head(page, "Phone").count()) === 0, "The column of phones is still there.");

      // Saved, it stands in the rail and comes back as it was.
      await main(page).getByLabel("Search name, company, e-mail, phone").fill("oslo");
      await rowsAre(page, ["Zoe Berg", "Bo Vik", "Ann Lund"]);
      await press(page, "Save as a new view…");
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill("People in Oslo");
      await judge(page, "save dialog", problems);
      await dialog.getByRole("button", { name: "Save the view" }).click();
      await toast.getByText("The view People in Oslo is saved.").waitFor();
      await rail(page).getByRole("link", { name: "People in Oslo" }).waitFor();
      const saved = page.url();
      await page.reload();
      await rowsAre(page, ["Zoe Berg", "Bo Vik", "Ann Lund"]);
      await head(page, "City").waitFor();
      await open(page, server, "/");
      await rail(page).getByRole("link", { name: "People in Oslo" }).click();
      await rowsAre(page, ["Zoe Berg", "Bo Vik", "Ann Lund"]);
      check(
        (await rail(page).getByRole("link", { name: "People in Oslo" }).getAttribute("aria-current")) ===
          "page",
        "The rail does not say where we are.",
      );
      check((await main(page).getByText("is changed.").count()) === 0, "It says that it is changed.");

      // Changed, it can be as it was, or stay so.
      await head(page, "Company").getByRole("button").click();
      await rowsAre(page, ["Zoe Berg", "Bo Vik", "Ann Lund"]);
      await main(page).getByText("People in Oslo is changed.").waitFor();
      await judge(page, "changed view", problems);
      await main(page).getByRole("button", { name: "Reset" }).click();
      await main(page).getByText("People in Oslo is changed.").waitFor({ state: "detached" });
      check(page.url() === saved, `It is ${page.url()}, not ${saved}.`);
      await head(page, "Name").getByRole("button").click();
      await rowsAre(page, ["Ann Lund", "Bo Vik", "Zoe Berg"]);
      await main(page).getByRole("button", { name: "Save", exact: true }).click();
      await main(page).getByText("People in Oslo is changed.").waitFor({ state: "detached" });

      // From another view to the list of everybody and back, the field of the search follows.
      await press(page, "All contacts");
      await rowsAre(page, ["Bo Vik", "Mia Dahl", "Ann Lund", "Zoe Berg"]);
      check((await main(page).locator("#contact-search").inputValue()) === "", "The words are still there.");
      await press(page, "People in Oslo");
      await rowsAre(page, ["Ann Lund", "Bo Vik", "Zoe Berg"]);
      await main(page).locator(".views > button").click();
      await judge(page, "views", problems);
      await page.keyboard.press("Escape");

      await press(page, "Rename…");
      await dialog.getByLabel("Name").fill("Oslo");
      await dialog.getByRole("button", { name: "Rename" }).click();
      await rail(page).getByRole("link", { name: "Oslo", exact: true }).waitFor();
      await press(page, "Delete");
      await toast.getByText("The view Oslo is deleted.").waitFor();
      await rail(page).getByRole("link", { name: "Oslo", exact: true }).waitFor({ state: "detached" });
      await page.keyboard.press("z");
      await rail(page).getByRole("link", { name: "Oslo", exact: true }).waitFor();
      await rowsAre(page, ["Ann Lund", "Bo Vik", "Zoe Berg"]);

      // Companies have orders and views of their own.
      await open(page, server, "/companies");
      await rowsAre(page, ["Acme", "Beta", "Nordlys"]);
      await head(page, "People").getByRole("button").click();
      await rowsAre(page, ["Acme", "Beta", "Nordlys"]);
      check(asked(page, "sort") === "-people", "The most people do not come first.");
      await head(page, "People").getByRole("button").click();
      // Of two with as many people the older one comes first, as fewer come before more.
      await rowsAre(page, ["Nordlys", "Beta", "Acme"]);
      await main(page).locator(".views > button").click();
      check(
        (await main(page).locator(".views-pop").getByText("Oslo").count()) === 0,
        "It shows a view of contacts.",
      );
      await judge(page, "companies", problems);

      // A phone finds the view behind More, and has a list of orders in place of heads.
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await phone.getByRole("button", { name: "More" }).click();
      await phone.getByRole("dialog").getByRole("link", { name: "Oslo", exact: true }).click();
      await rowsAre(phone, ["Ann Lund", "Bo Vik", "Zoe Berg"]);
      await judge(phone, "view 390 px", problems);
      await main(phone).getByLabel("Order").selectOption("-name");
      await rowsAre(phone, ["Zoe Berg", "Bo Vik", "Ann Lund"]);
      await main(phone).getByText("Oslo is changed.").waitFor();
      await main(phone).locator(".views > button").click();
      await judge(phone, "changed view 390 px", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "cells of a spreadsheet are pasted on the rows that are ticked, shown before they change, and taken back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const toast = page.locator(".toast");
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await open(page, server, "/contacts");
      for (const [first_name, last_name, company, city] of PEOPLE)
        await send(page, "POST", "/api/contacts", {
          first_name,
          last_name,
          company,
          city,
          email: `${first_name.toLowerCase()}@buyer.example`,
        });
      await open(page, server, "/contacts?sort=name&cols=email,company,city,country");
      const cells = () => main(page).locator(".grid-body").allTextContents();
      const before = await cells();
      for (const name of ["Ann Lund", "Bo Vik", "Zoe Berg"]) await page.getByLabel(`Select ${name}`).check();
      // Pasted on the page itself, as from a spreadsheet.
      await page.evaluate(() => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text/plain", "Rome\tItaly\r\nOslo\tNorway\r\nParis\tFrance\tbeyond\r\n");
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
      });
      await dialog.getByLabel("First column").selectOption("City");
      await dialog.getByText("5 cells of 3 contacts change. 1 cell lies outside and is left out.").waitFor();
      await judge(page, "paste", problems);
      await dialog.getByRole("button", { name: "Change 5 cells" }).click();
      await toast.getByText("3 contacts changed.").waitFor();
      await main(page).getByText("Paris", { exact: true }).waitFor();
      await page.keyboard.press("z");
      await toast.getByText("Undone: 3 contacts as before.").waitFor();
      await main(page).getByText("Paris", { exact: true }).waitFor({ state: "detached" });
      check((await cells()).join() === before.join(), "Not everything is as it was.");

      // What the server refuses stays, with the reason; the others change. One row goes on all that are ticked.
      for (const name of ["Ann Lund", "Bo Vik"]) await page.getByLabel(`Select ${name}`).check();
      await main(page).getByRole("button", { name: "Paste cells…" }).click();
      await dialog.getByLabel("Cells", { exact: true }).fill("new@buyer.example");
      await dialog.getByRole("button", { name: "Change 2 cells" }).click();
      await dialog.getByText("Bo Vik stays as it was:").waitFor();
      await judge(page, "paste refused", problems);
      await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
      await main(page).getByText("new@buyer.example").waitFor();
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "more than ten thousand are put in order, and counted when all of them are meant",
    async run(kit) {
      const { server, page } = await ready(kit);
      await crowd(page, server, 10_005);
      await open(page, server, "/contacts?sort=name");
      await page.getByText("10,000+", { exact: true }).waitFor();
      await beginsWith(page, "P0");
      await head(page, "Name").getByRole("button").click();
      await beginsWith(page, "P9999");
      check((await head(page, "Name").getAttribute("aria-sort")) === "descending", "It is not by name.");
      await page.getByLabel("Select all in the list").check();
      await page.getByRole("button", { name: "Select all 10,000+ that match" }).click();
      await page.getByText("All 10,005 that match", { exact: true }).waitFor({ timeout: LONG });
      await main(page).getByLabel("Search name, company, e-mail, phone").fill("p77@crowd.example");
      await rowsAre(page, ["P77"]);
    },
  },
];
