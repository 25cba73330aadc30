import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Custom fields, tags, and segments that keep themselves up to date. */

/** Goes on with Tab until the control of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    const here = await page.evaluate(() => {
      const it = document.activeElement;
      return it?.getAttribute("aria-label") ?? it?.textContent ?? "";
    });
    if (here === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not lead to "${name}".`);
}

const people = (page: Page) => page.locator(".cell-name a");

async function fields(page: Page, problems: string[]): Promise<void> {
  const dialog = page.getByRole("dialog");
  await page.getByText("No custom field yet.").waitFor();
  await page.getByRole("button", { name: "Add a field" }).click();
  await dialog.getByLabel("Name").fill("Tier");
  await dialog.getByLabel("What it holds").selectOption("choice");
  await dialog.getByLabel("Choices").fill("Gold\nSilver");
  await judge(page, "field dialog", problems);
  await dialog.getByRole("button", { name: "Add the field" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Add a field" }).click();
  await dialog.getByLabel("Name").fill("Company size");
  await dialog.getByLabel("What it holds").selectOption("number");
  await dialog.getByRole("button", { name: "Add the field" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Move Company size up" }).click();
  await page.locator(".custom-field").first().getByText("Company size").waitFor();
  await judge(page, "custom fields", problems);
}

async function buildByKeyboard(page: Page): Promise<void> {
  await tabTo(page, "What, condition 1");
  await page.keyboard.type("City");
  await tabTo(page, "Value, condition 1");
  await page.keyboard.type("Oslo");
  await tabTo(page, "Add a condition");
  await page.keyboard.press("Enter");
  await tabTo(page, "What, condition 2");
  await page.keyboard.type("Tag");
  await tabTo(page, "Tag, condition 2");
  await page.keyboard.type("vi");
  await page.getByRole("option", { name: /VIP/ }).waitFor();
  await page.keyboard.press("Enter");
  await tabTo(page, "Add a condition");
  await page.keyboard.press("Enter");
  await page.keyboard.type("Company size");
  await tabTo(page, "How, condition 3");
  await page.keyboard.type("is more");
  await tabTo(page, "Value, condition 3");
  await page.keyboard.type("many");
  await page.getByText("Write a number").waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.type("100");
}

export const tests: Test[] = [
  {
    name: "a segment is built by keyboard from a field, a tag and a custom field, and follows its contacts",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await open(page, server, "/settings/custom-fields");
      await fields(page, problems);

      const ids: string[] = [];
      for (const [first_name, city] of [
        ["Ada", "Oslo"],
        ["Bea", "Oslo"],
        ["Cid", "Bergen"],
        ["Dan", "Oslo"],
      ]) {
        const email = `${first_name?.toLowerCase()}@buyer.example`;
        ids.push((await send(page, "POST", "/api/contacts", { first_name, city, email })).id);
      }
      const [ada, bea] = ids;
      await send(page, "PATCH", `/api/contacts/${bea}`, { custom: { company_size: "250" } });
      await open(page, server, `/contacts/${ada}`);
      const size = page.getByRole("button", { name: /^Company size:/ });
      await size.click();
      await page.keyboard.type("some");
      await page.keyboard.press("Enter");
      await page.locator(".edit-row").getByRole("alert").waitFor();
      await size.click();
      await page.keyboard.type("120");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Company size: 120. Edit" }).waitFor();
      await page.getByLabel("Tier").selectOption("Gold");
      await page.getByText("Saved.").last().waitFor();
      await judge(page, "contact with custom fields", problems);

      await open(page, server, "/contacts");
      for (const name of ["Ada", "Bea"]) await page.getByLabel(`Select ${name}`).check();
      await page.getByRole("button", { name: "Add tag…" }).click();
      await dialog.getByRole("combobox").fill("VIP");
      await dialog.getByRole("option", { name: "Create tag “VIP”" }).waitFor();
      await judge(page, "tag dialog", problems);
      await page.keyboard.press("Enter");
      await dialog.getByRole("button", { name: "Make it, and add the tag" }).click();
      await page.getByText("2 contacts got VIP.").waitFor();
      await page.locator(".cell-tags .chip").nth(1).waitFor();

      await open(page, server, "/segments/new");
      await buildByKeyboard(page);
      const found = page.getByRole("region", { name: "Whom it finds" });
      await found.getByText("2 contacts").waitFor();
      for (const name of ["Ada", "Bea"]) await found.getByRole("link", { name }).waitFor();
      await judge(page, "rule builder", problems);
      await page.keyboard.press("Enter");
      await dialog.getByText("City is Oslo and tag VIP and Company size is more than 100").waitFor();
      await page.keyboard.type("Big in Oslo");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Big in Oslo", level: 1 }).waitFor();
      await people(page).nth(1).waitFor();
      check(
        (await people(page).allTextContents()).toSorted().join() === "Ada,Bea",
        "Ada and Bea are not in it.",
      );
      await judge(page, "segment members", problems);

      // Somebody else, in another window.
      const other = await kit.page(PHONE);
      await signIn(other, server, ADMIN);
      await send(other, "PATCH", `/api/contacts/${bea}`, { city: "Bergen" });
      await people(page).filter({ hasText: "Bea" }).waitFor({ state: "detached" });
      check((await people(page).allTextContents()).join() === "Ada", "Ada is not the only one left.");
      await open(other, server, `/contacts/${bea}`);
      await other.getByText("Left a segment").waitFor();
      for (const path of [
        "/segments",
        "/segments/new",
        "/lists",
        "/tags",
        "/settings/custom-fields",
        `/contacts/${ada}`,
      ]) {
        await open(other, server, path);
        await judge(other, `${path} 390 px`, problems);
      }
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
  {
    name: "the contact list is narrowed by conditions that the address keeps, and a list is filled and emptied",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await signIn(page, server);
      await open(page, server, "/contacts");
      await page.keyboard.press("f");
      await dialog.getByRole("button", { name: "Show them" }).click();
      await dialog.getByText("Say what to compare with").waitFor();
      await dialog.getByLabel("What, condition 1").selectOption("company");
      await dialog.getByLabel("How, condition 1").selectOption({ label: "contains" });
      await dialog.getByLabel("Value, condition 1").fill("a");
      await dialog.getByText("Among them").waitFor();
      await judge(page, "filter dialog", problems);
      await page.keyboard.press("Enter");
      await main(page).getByText("Company contains a").waitFor();
      check(new URL(page.url()).searchParams.has("rule"), "The address does not keep the conditions.");
      await page.reload();
      await settle(page);
      await main(page).getByText("Company contains a").waitFor();

      await page.getByLabel("Select all in the list").check();
      await page.getByRole("button", { name: "Add to list…" }).click();
      await dialog.getByRole("combobox").fill("Spring dinner");
      await page.keyboard.press("Enter");
      await dialog.getByRole("button", { name: /^Make it/ }).click();
      await page.getByText(/contacts went on Spring dinner\./).waitFor();
      await open(page, server, "/lists");
      await judge(page, "lists", problems);
      await page.getByRole("link", { name: /Spring dinner/ }).click();
      await page.getByRole("heading", { name: "Spring dinner", level: 1 }).waitFor();
      const one = (await people(page).first().textContent()) ?? "";
      await page.getByLabel(`Select ${one}`).first().check();
      await page.getByRole("button", { name: "Take off this list" }).click();
      await page.getByText("1 contact went off Spring dinner.").waitFor();
      await page.getByRole("link", { name: "Start a campaign" }).click();
      await settle(page);
      await page.locator("button.template").first().click();
      await page.getByRole("combobox", { name: "Segment, list or tag" }).waitFor();
      check(
        (await page.getByRole("combobox", { name: "Segment, list or tag" }).inputValue()) === "Spring dinner",
        "The campaign is not for the list.",
      );
      await page.locator(".audience-count").waitFor();
      await judge(page, "campaign for a list", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
];
