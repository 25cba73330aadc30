import { crc32 } from "node:zlib";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, type Server, type Test, tile } from "./kit.ts";
import { open, ready, send } from "./people.ts";

/** Workbooks, address books and CSV files on their way to contacts: through the check of all rows, and by keyboard. */

/** A ZIP file with its parts as they are. */
function zip(parts: Record<string, string>): Buffer {
  const files: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crc32(data), 10);
    about.writeUInt32LE(data.length, 14);
    about.writeUInt32LE(data.length, 18);
    about.writeUInt16LE(path.length, 22);
    const file = Buffer.concat([Buffer.from("PK\x03\x04"), about, path, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), about, place, path]));
    files.push(file);
    offset += file.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, directory, Buffer.from("PK\x05\x06"), end]);
}

/** A cell: a text as it is, a number as Excel writes a long one, a day, or a formula that nobody has worked out. */
type Cell = string | { number: string } | { day: number } | { formula: string };

function cell(value: Cell): string {
  if (typeof value === "string") return `<c t="inlineStr"><is><t>${value}</t></is></c>`;
  if ("number" in value) return `<c><v>${value.number}</v></c>`;
  if ("day" in value) return `<c s="1"><v>${value.day}</v></c>`;
  return `<c><f>${value.formula}</f></c>`;
}

function workbook(sheets: Record<string, Cell[][]>): Buffer {
  const names = Object.keys(sheets);
  const list = names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="r${at}"/>`);
  const links = names.map((_, at) => `<Relationship Id="r${at}" Type="x/worksheet" Target="s${at}.xml"/>`);
  const parts: Record<string, string> = {
    "xl/workbook.xml": `<workbook><sheets>${list.join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${links.join("")}</Relationships>`,
    "xl/styles.xml": '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
  };
  for (const [at, name] of names.entries()) {
    const rows = (sheets[name] ?? []).map((cells) => `<row>${cells.map(cell).join("")}</row>`);
    parts[`xl/s${at}.xml`] = `<worksheet><sheetData>${rows.join("")}</sheetData></worksheet>`;
  }
  return zip(parts);
}

async function upload(page: Page, server: Server, name: string, buffer: Buffer): Promise<void> {
  await open(page, server, "/import");
  await page
    .locator('input[type="file"]')
    .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
  await page.getByRole("heading", { name: "What each column becomes" }).waitFor();
}

const next = (page: Page) => page.getByRole("button", { name: "Continue" }).click();

async function counts(page: Page, expected: Record<string, number>): Promise<void> {
  for (const [label, value] of Object.entries(expected)) {
    const shown = await tile(page, label);
    check(shown === value, `${label} is ${shown}, not ${value}.`);
  }
}

/** Judges the page on a wide screen and on a phone's. */
async function judgeBoth(page: Page, where: string, problems: string[]): Promise<void> {
  await judge(page, where, problems);
  const wide = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await judge(page, `${where} on a phone`, problems);
  if (wide) await page.setViewportSize(wide);
}

/** What the keyboard is on: the name by which it is known. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement)) return "";
    const label =
      element instanceof HTMLInputElement || element instanceof HTMLSelectElement ? element.labels : null;
    const words = element.getAttribute("aria-label") ?? label?.[0]?.textContent ?? element.textContent;
    return (words ?? "").replaceAll(/\s+/g, " ").trim();
  });

/** Goes there with the Tab key alone. */
async function reach(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let step = 0; step < 120; step += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at.startsWith(name)) return;
    seen.push(at);
  }
  throw new Error(`The Tab key does not lead to “${name}”: ${seen.join(" | ")}`);
}

export const tests: Test[] = [
  {
    name: "a workbook is checked over all rows, mended for all of them at once, and imported as the check said",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      await send(page, "POST", "/api/custom-fields", { name: "Since", kind: "date" });
      await send(page, "POST", "/api/contacts", { email: "ada@buyer.example", first_name: "Ada" });
      const people: Cell[][] = [
        ["Guests 2026"],
        ["Email", "First name", "Mobile", "Since"],
        ["ada@buyer.example", "Ada", { number: "4.790101011E9" }, { day: 46356 }],
        ["bea@buyer.example", "Bea", { number: "90101012" }, { day: 46357 }],
        ["cid@buyer.example", "Cid", { number: "90101013" }, { formula: "A1" }],
        ["CID@buyer.example", "Cid", "", ""],
        ["dan at buyer", "Dan", "", ""],
      ];
      const old: Cell[][] = [["Email"], ["old@buyer.example"], ["older@buyer.example"]];
      await upload(page, server, "guests.csv", workbook({ Cover: [], People: people, Old: old }));
      await page.getByText("Excel workbook, sheet “People” (one of 3): 5 rows, 4 columns.").waitFor();
      await page.getByText("1 row above the header is left out.").waitFor();
      const sheet = page.getByLabel("Sheet", { exact: true });
      await sheet.selectOption("Old");
      await page.getByText("sheet “Old” (one of 3): 2 rows, 1 column.").waitFor();
      await sheet.selectOption("People");
      await page.getByText("sheet “People” (one of 3): 5 rows, 4 columns.").waitFor();
      await page.getByText("2026-11-30").first().waitFor();
      const target = await page.getByLabel("Since becomes").inputValue();
      check(target === "custom.since", `Since becomes ${target}.`);
      await judgeBoth(page, "columns", problems);
      await page.getByRole("button", { name: "Save this mapping" }).click();
      await page.getByRole("dialog").getByLabel("Name").fill("Guest lists");
      await page.keyboard.press("Enter");
      await page.getByText("As saved under “Guest lists”.").waitFor();
      await next(page);

      // Norwegian numbers without a country code, checked for the United States or wherever this is.
      const mobile = page.getByRole("region", { name: /^Mobile: / });
      await page.getByText(/of 5 rows can be imported/).waitFor();
      await mobile.first().waitFor();
      await judgeBoth(page, "check", problems);
      await mobile.first().getByLabel("Country of numbers without a country code").selectOption("NO");
      await mobile.first().getByRole("button", { name: "Use this country" }).click();
      await mobile.first().waitFor({ state: "detached" });
      const since = page.getByRole("region", { name: /^Since: The result of the formula/ });
      await since.getByRole("button", { name: "Leave such values out, keep the rows" }).click();
      await page.getByText("4 of 5 rows can be imported. 1 value that cannot be used is left out.").waitFor();
      await counts(page, { New: 2, Updates: 1, Duplicates: 1, Suppressed: 0, Invalid: 1 });
      await page.getByText("Row 7").waitFor();
      await judgeBoth(page, "check mended", problems);

      // Whoever comes back finds it as it was.
      await page.reload();
      await page.getByText("4 of 5 rows can be imported. 1 value that cannot be used is left out.").waitFor();
      await next(page);
      await page.getByRole("button", { name: "Import the contacts" }).waitFor();
      await page.getByText("Rules for single columns").click();
      await page.getByLabel("First name", { exact: true }).selectOption("overwrite");
      await page.getByText("The check was made with other rules").waitFor();
      await judgeBoth(page, "rules", problems);
      await page.getByLabel("First name", { exact: true }).selectOption("");
      await page.getByRole("button", { name: "Import the contacts" }).click();
      await page.getByText("5 rows read.").waitFor();
      await counts(page, { Created: 2, Updated: 1, Unchanged: 1, Rejected: 1 });
      await judgeBoth(page, "result", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "the next file with the same columns begins as last time, and the guesses are one step away",
    async run(kit) {
      const { server, page } = await ready(kit);
      const file = (mail: string) => Buffer.from(`Mail,Who,Notes\n${mail},Ann,x\n`);
      await upload(page, server, "first.csv", file("ann@buyer.example"));
      await page.getByLabel("Who becomes").selectOption("company");
      await next(page);
      await page.getByText("All 1 row can be imported.").waitFor();
      await next(page);
      await page.getByRole("radio", { name: /Overwrite/ }).check();
      await page.getByText("The check was made with other rules").waitFor();
      await page.getByRole("button", { name: "Check again" }).click();
      await page.getByText("All 1 row can be imported.").waitFor();
      await next(page);
      await page.getByRole("button", { name: "Import the contacts" }).click();
      await page.getByText("1 row read.").waitFor();

      await upload(page, server, "second.csv", Buffer.from("notes;WHO;mail\ny;Bea;bea@buyer.example\n"));
      await page.getByText("As last time, today.").waitFor();
      const who = page.getByLabel("WHO becomes");
      check((await who.inputValue()) === "company", "It does not begin as last time.");
      await page.getByRole("button", { name: "Use the guesses" }).click();
      await page.getByText("Guessed from the names").waitFor();
      check((await who.inputValue()) !== "company", "The guesses are not back.");
      await page.getByRole("button", { name: "As last time, today" }).click();
      check((await who.inputValue()) === "company", "It is not as last time again.");
      await next(page);
      await page.getByText("All 1 row can be imported.").waitFor();
      await next(page);
      check(
        await page.getByRole("radio", { name: /Overwrite/ }).isChecked(),
        "The rule is not as last time.",
      );
    },
  },
  {
    name: "an address book becomes contacts, and what is more than a contact has is told",
    async run(kit) {
      const { server, page } = await ready(kit);
      const cards = [
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lee;Ann;;;\r\nEMAIL:ann@buyer.example\r\nEMAIL:a2@buyer.example\r\nEND:VCARD",
        "BEGIN:VCARD\r\nFN:Bob Ray\r\nTEL:+1 415 555 2671\r\nPHOTO;ENCODING=b:AAAA\r\n BBBB\r\nEND:VCARD\r\n",
      ];
      await upload(page, server, "people.vcf", Buffer.from(cards.join("\r\n")));
      await page.getByText(/address book: 2 cards/).waitFor();
      await page.getByText("1 card has more than one address.").waitFor();
      check((await page.getByLabel("Other e-mail becomes").inputValue()) === "ignore", "It is not left out.");
      await next(page);
      await page.getByText("All 2 rows can be imported.").waitFor();
      await next(page);
      await page.getByRole("button", { name: "Import the contacts" }).click();
      await page.getByText("2 rows read.").waitFor();
      await counts(page, { Created: 2, Rejected: 0 });
      await open(page, server, "/contacts");
      await main(page).getByText("Ann Lee").waitFor();
      await main(page).getByText("Bob Ray").waitFor();
    },
  },
  {
    name: "the whole import can be done without a mouse",
    async run(kit) {
      const { server, page } = await ready(kit);
      // The dialog of the system is not ours. It is waited for before the key that opens it.
      const chooser = page.waitForEvent("filechooser");
      await open(page, server, "/import");
      await reach(page, "Choose a file");
      await page.keyboard.press("Enter");
      const rows =
        "Email,Given,Town,Zone\nann@buyer.example,Ann,Oslo,Mars\nbea@buyer.example,Bea,Bergen,\nnobody,No,,\n";
      await (await chooser).setFiles({ name: "k.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
      await page.getByRole("heading", { name: "What each column becomes" }).waitFor();
      await reach(page, "Given becomes");
      await page.keyboard.type("First");
      await reach(page, "Zone becomes");
      await page.keyboard.type("Time");
      await reach(page, "Continue");
      await page.keyboard.press("Enter");
      await page.getByText("1 of 3 rows can be imported.").waitFor();
      await reach(page, "Leave such values out, keep the rows");
      await page.keyboard.press("Enter");
      await page.getByText("2 of 3 rows can be imported. 1 value that cannot be used is left out.").waitFor();
      const at = await focused(page);
      check(at.startsWith("2 of 3 rows"), `The keyboard is lost after the check, on “${at}”.`);
      await reach(page, "Continue");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Import the contacts" }).waitFor();
      await reach(page, "Tags for them");
      await page.keyboard.type("VIP");
      await page.getByRole("option", { name: "Create tag “VIP”" }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Leave out the tag VIP" }).waitFor();
      await reach(page, "Import the contacts");
      await page.keyboard.press("Enter");
      await page.getByText("3 rows read.").waitFor();
      await counts(page, { Created: 2, Rejected: 1 });
      await reach(page, "See the new contacts");
      await page.keyboard.press("Enter");
      await main(page).getByRole("link", { name: "Bea" }).waitFor();
    },
  },
];
