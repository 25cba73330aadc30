import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, type Kit, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** The work in the inbox: alone with the keyboard, and beside a colleague. */

const ANSWERED = /Question|Positive|Negative/;

async function openFirst(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.address}/inbox/open`);
  const first = page.locator("a.conversation").filter({ hasText: ANSWERED }).first();
  await first.waitFor({ timeout: 60_000 });
  await first.click();
  await page.locator(".bubble-in").first().waitFor();
  await page.locator("#reply").waitFor();
}

/** A manager in a browser of her own. */
async function ana(kit: Kit, page: Page): Promise<Page> {
  const made = await send(page, "POST", "/api/invitations", { role: "manager", email: "ana@demo.example" });
  const hers = await kit.page();
  await hers.goto((made as unknown as { url: string }).url);
  await hers.getByLabel("Your name").fill("Ana Berg");
  await hers.getByLabel("Password").fill("quiet river bends twice");
  await hers.getByRole("button", { name: /^Join/ }).click();
  await hers.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  return hers;
}

export const tests: Test[] = [
  {
    name: "a conversation is answered, taken back, noted, labelled and snoozed without a mouse",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await openFirst(page, server);
      const id = new URL(page.url()).pathname.split("/").at(-1);
      await page.keyboard.press("r");
      await page.keyboard.type("Too early");
      await page.keyboard.press("Control+Enter");
      await page.locator(".bubble-out").filter({ hasText: "Too early" }).getByText("Take back").waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("z");
      const composer = page.locator("#reply");
      await until("the text to be back", 10_000, async () => (await composer.inputValue()) === "Too early");
      await until(
        "the message to be gone",
        10_000,
        async () => (await page.locator(".bubble-out").filter({ hasText: "Too early" }).count()) === 0,
      );
      // What is typed is on the server: another browser of the same person has it.
      await composer.fill("Half a sentence");
      await until("the draft to be kept", 10_000, async () => {
        const kept = await page.evaluate(
          async (of) => (await fetch(`/api/conversations/${of}/drafts`)).text(),
          id,
        );
        return kept.includes("Half a sentence");
      });
      const elsewhere = await kit.page();
      await signIn(elsewhere, server);
      await elsewhere.goto(page.url());
      await until(
        "the draft to come",
        10_000,
        async () => (await elsewhere.locator("#reply").inputValue()) === "Half a sentence",
      );
      await page.keyboard.press("Escape");
      await page.keyboard.press("i");
      await page.locator("#note").waitFor();
      await page.keyboard.type("Only for us");
      await page.keyboard.press("Control+Enter");
      await page.locator(".note").filter({ hasText: "Only for us" }).waitFor();
      await page.keyboard.press("Escape");
      await page.keyboard.press("l");
      await page.getByPlaceholder("Find or make a label").waitFor();
      await page.keyboard.type("Hot lead");
      await page.keyboard.press("Enter");
      await page.locator(".thread-bar").getByText("Hot lead").waitFor();
      const problems: string[] = [];
      await judge(page, "the thread", problems);
      await page.keyboard.press("h");
      await page.getByPlaceholder(/in 3 days/).waitFor();
      await judge(page, "snoozing", problems);
      await page.keyboard.type("in 3 days");
      await page.keyboard.press("Enter");
      await page.getByText(/^Snoozed. It comes back/).waitFor();
      await page.goto(`${server.address}/inbox/snoozed/${id}`);
      await page.locator("a.conversation").filter({ hasText: "Back " }).waitFor();
      const phone = await kit.page(PHONE);
      await signIn(phone, server);
      await phone.goto(`${server.address}/inbox/snoozed/${id}`);
      await phone.locator(".note").waitFor();
      await judge(phone, "the thread on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
    },
  },
  {
    name: "two colleagues see each other in a conversation, and neither talks over the other unasked",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await openFirst(page, server);
      const hers = await ana(kit, page);
      await hers.goto(page.url());
      await hers.locator(".bubble-in").first().waitFor();
      await page.locator(".presence").getByText("Ana Berg is viewing.").waitFor();
      await page.locator("#reply").fill("My answer");
      await hers.locator("#reply").fill("Hers");
      await page.getByText("Ana Berg is writing").waitFor();
      await hers.getByText("has begun an answer").waitFor();
      await hers.keyboard.press("Control+Enter");
      await page.locator(".bubble-out").filter({ hasText: "Hers" }).waitFor();
      await page.locator("#reply").press("Control+Enter");
      const mine = page.locator(".bubble-out").filter({ hasText: "My answer" });
      await mine.getByText(/Ana Berg answered/).waitFor();
      await mine.getByRole("button", { name: "Send anyway" }).click();
      await mine.getByRole("button", { name: "Take back" }).waitFor();
    },
  },
];
