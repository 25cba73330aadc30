import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Companies: what is known of them, who is with them, and that a name is the same wherever it stands. */

const dialog = (page: Page) => page.getByRole("dialog");

/** Presses the value of a row, writes another one and Enter. */
async function edit(page: Page, label: string, value: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${label}: `) }).click();
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.keyboard.press("Enter");
}

export const tests: Test[] = [
  {
    name: "a company is written down, gets its people, another name and goes again; the people stay",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/companies");
      await page.getByText("No company yet.").waitFor();
      await judge(page, "no company", problems);

      await page.keyboard.press("c");
      await dialog(page).getByLabel("Name").fill("Nordlys");
      await dialog(page).getByLabel("Web domain").fill("nordlys");
      await judge(page, "new company", problems);
      await dialog(page).getByRole("button", { name: "Add the company" }).click();
      await dialog(page).getByText("Write a web domain such as acme.com").waitFor();
      await dialog(page).getByLabel("Web domain").fill("https://www.Nordlys.example/om-oss");
      await dialog(page).getByLabel("Employees").fill("1 200");
      await dialog(page).getByRole("button", { name: "Add the company" }).click();
      await page.getByRole("heading", { name: "Nordlys", level: 1 }).waitFor();
      check(await page.getByRole("link", { name: "nordlys.example" }).isVisible(), "The domain is a link.");
      check(await page.getByText("1,200").isVisible(), "The number is read however it is grouped.");

      await page.getByRole("button", { name: "Add the first" }).click();
      await dialog(page).getByLabel("First name").fill("Ada");
      await dialog(page).getByLabel("E-mail").fill("ada@nordlys.example");
      await dialog(page).getByRole("button", { name: "Add the contact" }).click();
      await dialog(page).waitFor({ state: "detached" });
      await page.locator(".company-person").filter({ hasText: "Ada" }).waitFor();
      await page.getByRole("button", { name: "Write", exact: true }).click();
      await page.getByLabel("Notes").fill("Met at the fair.\nLikes coffee.");
      await page.keyboard.press("Control+Enter");
      await page.getByText("Likes coffee.").waitFor();
      await judge(page, "company", problems);

      // A name that somebody has is refused beside it; a new one is the people's too, and can be taken back.
      await send(page, "POST", "/api/companies", { name: "Blue Fjord" });
      await edit(page, "Name", "blue fjord");
      await page.getByText("Another company has this name").waitFor();
      await edit(page, "Name", "Nordlys Group");
      await page.getByRole("heading", { name: "Nordlys Group", level: 1 }).waitFor();
      await page.locator(".company-person").filter({ hasText: "Ada" }).click();
      await page.getByRole("heading", { name: "Ada", level: 1 }).waitFor();
      await page.getByRole("link", { name: "Nordlys Group" }).click();
      await page.getByRole("heading", { name: "Nordlys Group", level: 1 }).waitFor();

      // From everywhere, by a few letters.
      await page.keyboard.press("Control+K");
      await page.keyboard.type("blue");
      await page.getByRole("option", { name: /Blue Fjord/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Blue Fjord", level: 1 }).waitFor();

      await open(page, server, "/companies");
      await page.keyboard.press("/");
      await page.keyboard.type("nordlys.ex");
      await page.locator(".cell-name a").getByText("Nordlys Group").waitFor();
      await page.locator(".cell-name a").getByText("Blue Fjord").waitFor({ state: "detached" });
      await judge(page, "companies", problems);
      await page.locator(".cell-name a").click();
      await page.getByRole("button", { name: "Delete" }).click();
      await dialog(page)
        .getByText("The contact with it stays, without a company.", { exact: false })
        .waitFor();
      await judge(page, "delete a company", problems);
      await dialog(page).getByRole("button", { name: "Delete the company" }).click();
      await page.getByText("1 contact stayed, without a company.", { exact: false }).waitFor();
      await open(page, server, "/contacts?q=ada");
      await page.locator(".cell-name a").getByText("Ada").waitFor();

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/companies");
      await phone.locator(".cell-name a").getByText("Blue Fjord").waitFor();
      await judge(phone, "companies on a phone", problems);
      await phone.locator(".cell-name a").getByText("Blue Fjord").click();
      await phone.getByRole("heading", { name: "Blue Fjord", level: 1 }).waitFor();
      await settle(phone);
      await judge(phone, "company on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
