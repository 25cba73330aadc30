import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** The inbox searched, its saved views, its labels, the canned replies, and what members are told. */

const rows = (page: Page) => page.locator("a.conversation");

export const tests: Test[] = [
  {
    name: "what was said is found, marked, kept as a view; labels become one; a reply is written once",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      const problems: string[] = [];
      await signIn(page, server);
      await page.goto(`${server.address}/inbox/all`);
      await rows(page).first().waitFor({ timeout: 60_000 });
      await rows(page).first().click();
      const said = page.locator(".bubble-text").first();
      await said.waitFor();
      const word = (((await said.textContent()) ?? "").match(/\p{L}{5,}/u) ?? ["hello"])[0];
      await page.keyboard.press("Escape");
      await page.locator("#inbox-search").fill(`"${word}" *`);
      await until("marks in the list", 20_000, async () => (await rows(page).locator("mark").count()) > 0);
      check(new URL(page.url()).searchParams.get("q") === `"${word}" *`, "The search is in the address.");
      await rows(page).first().click();
      const found = page.locator(".bubble-found");
      await found.waitFor();
      check(await found.isVisible(), "The message that was found is on the screen.");
      check((await found.locator("mark").count()) > 0, "Its words are marked.");
      await judge(page, "a search in the inbox", problems);
      await page.getByRole("button", { name: "Views", exact: true }).click();
      await page.getByRole("button", { name: "Save as a new view…" }).click();
      await page.getByLabel("Name").fill("Said so");
      await page.getByRole("button", { name: "Save the view" }).click();
      await page.getByText("The view Said so is saved.").waitFor();
      await page.goto(`${server.address}/inbox/open`);
      await page.getByRole("navigation", { name: "Main", exact: true }).getByText("Said so").click();
      await rows(page).locator("mark").first().waitFor();
      check(page.url().includes("/inbox/all?"), "The view opens its part of the inbox.");

      for (const name of ["Price", "Pricing"]) await send(page, "POST", "/api/labels", { name });
      await page.goto(`${server.address}/settings/labels`);
      await page.getByRole("button", { name: "Merge Price into another" }).click();
      await page.getByRole("button", { name: "Merge into Pricing" }).click();
      await page.getByText("Price is Pricing now.").waitFor();
      await judge(page, "labels", problems);

      await page.goto(`${server.address}/settings/canned`);
      await page.getByRole("button", { name: "Write a reply" }).first().click();
      await page.getByLabel("Name").fill("Thanks");
      await page.getByLabel("Text", { exact: true }).fill("Thank you, ");
      await page.getByLabel("Put in what is known of the person").selectOption("first_name");
      const preview = page.getByRole("region", { name: "Preview" });
      await preview.getByText(/As .* gets it/).waitFor();
      check(!((await preview.textContent()) ?? "").includes("{{"), "The preview is filled in.");
      await page.getByRole("button", { name: "Keep the reply" }).click();
      await main(page).getByText("Thanks", { exact: true }).waitFor();
      await judge(page, "canned replies", problems);

      const small = await kit.page(PHONE);
      await signIn(small, server);
      for (const path of ["/settings/labels", "/settings/canned", "/notifications"]) {
        await small.goto(`${server.address}${path}`);
        await main(small).getByRole("heading").first().waitFor();
        await judge(small, path, problems);
      }
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
