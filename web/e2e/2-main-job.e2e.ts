import { join } from "node:path";
import { check, signIn, type Test, tile, until, WEB } from "./kit.ts";

const CSV = join(WEB, "..", "examples", "contacts.csv");

export const tests: Test[] = [
  {
    name: "a CSV becomes contacts, a template becomes a campaign on them, and messages go",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/import`);
      await page.locator('input[type="file"]').setInputFiles(CSV);
      await page.getByRole("heading", { name: "What each column becomes" }).waitFor();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText(/can be imported/).waitFor({ timeout: 30_000 });
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByRole("button", { name: "Import the contacts" }).click();
      await page.getByText(/rows? read\./).waitFor({ timeout: 30_000 });
      const created = await tile(page, "Created");
      check(created > 0, "The import made no contact.");
      const rejected = page.getByRole("link", { name: "Download the rejected rows" });
      if ((await tile(page, "Rejected")) > 0) {
        const download = page.waitForEvent("download");
        await rejected.click();
        check((await (await download).path()) !== null, "The rejected rows cannot be downloaded.");
      }

      await page.getByRole("link", { name: "Start a campaign with them" }).click();
      await page.getByRole("button", { name: /Quick tour/ }).click();
      check(
        await page.getByRole("radio", { name: /The people of one import/ }).isChecked(),
        "The import is not the audience.",
      );
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByLabel("Name of the campaign").fill("From my file");
      await page.getByRole("radio", { name: /At any time/ }).check();
      await page.getByRole("button", { name: "Check before launch" }).click();
      await page.getByRole("heading", { name: "Launch check" }).waitFor();
      await page.getByRole("button", { name: /^Start for/ }).click();
      await page.getByRole("heading", { name: "From my file", level: 1 }).waitFor();
      await until(
        "a message of the new campaign to be sent",
        60_000,
        async () => (await tile(page, "Sent")) > 0,
      );

      await page
        .getByRole("navigation", { name: "Parts of the campaign" })
        .getByRole("link", { name: "People" })
        .click();
      await page.locator(".person").first().waitFor();
      await page
        .getByRole("navigation", { name: "Parts of the campaign" })
        .getByRole("link", { name: "Funnel" })
        .click();
      await page.locator(".react-flow__node").first().waitFor();
      await page.keyboard.press("l");
      await page.locator(".node-line").first().waitFor();
    },
  },
  {
    name: "an answer from the inbox gets an answer",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      // Somebody who asked something answers again; a machine or a refusal does not.
      await page.goto(`${server.address}/inbox/open`);
      const asking = page.locator(".conversation").filter({ hasText: /Question|Positive/ });
      await asking.first().waitFor({ timeout: 60_000 });
      await asking.first().click();
      const answers = page.locator(".bubble-in");
      await answers.first().waitFor();
      const before = await answers.count();
      await page.keyboard.press("r");
      await page.keyboard.type("Gladly. Here is everything you asked for; does Thursday suit you?");
      await page.keyboard.press("Control+Enter");
      const mine = page.locator(".bubble-out").filter({ hasText: "does Thursday suit you?" });
      await mine.waitFor();
      await until("the answer to leave", 30_000, async () =>
        /Sent|Delivered|Opened|Clicked/.test((await mine.textContent()) ?? ""),
      );
      check((await mine.count()) === 1, "The answer stands in the thread more than once.");
      await until("the next answer", 90_000, async () => (await answers.count()) > before);
    },
  },
];
