import type { Page } from "playwright-core";
import { check, deadLetter, mailbox, order, type Server, signIn, type Test, until } from "./kit.ts";

/** What a machine leaves to a person: doubt, strangers, letters that nobody could use, a word to one person. */

async function write(page: Page, subject: string, text: string): Promise<void> {
  await page.getByRole("button", { name: "Write" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Subject").fill(subject);
  await dialog.getByLabel("Message").fill(text);
  await page.keyboard.press("Control+Enter");
}

/** Adds a contact nobody in the demo knows and opens them. */
async function newContact(page: Page, server: Server, last: string, email: string): Promise<string> {
  await page.goto(`${server.address}/contacts`);
  await page
    .getByRole("button", { name: /Add|New contact/ })
    .first()
    .click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Last name").fill(last);
  await dialog.getByLabel("E-mail").fill(email);
  await dialog
    .getByRole("button", { name: /Add|Create|Save/ })
    .last()
    .click();
  await page.getByRole("heading", { name: last, level: 1 }).waitFor();
  return page.url();
}

const parts = (page: Page) => page.getByRole("navigation", { name: "Parts of the campaign" });
const bubble = (page: Page, text: string) => page.locator(".bubble-out").filter({ hasText: text });

export const tests: Test[] = [
  {
    name: "a campaign whose messages wait says why",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      // A campaign of its own: what the demo's have left to send depends on the hour at which the test runs.
      await page.goto(`${server.address}/campaigns/new`);
      await page.getByRole("button", { name: /Quick tour/ }).click();
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByLabel("Name of the campaign").fill("Shut today");
      // A window that is shut now, whatever time it is: one day later in the week alone.
      const days = page.locator(".day");
      const now = await page.locator(".rail .status-line").last().textContent();
      const today = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].findIndex((day) => now?.includes(day));
      check(today >= 0, `The clock does not show a day: ${now}`);
      for (let day = 0; day < 7; day += 1) {
        const on = (await days.nth(day).getAttribute("aria-pressed")) === "true";
        if (on !== (day === (today + 3) % 7)) await days.nth(day).click();
      }
      await page.getByRole("button", { name: "Check before launch" }).click();
      const start = page.getByRole("button", { name: /^Start for/ });
      await until("the campaign to be ready", 10_000, () => start.isEnabled());
      await start.click();
      await page.getByText(/messages? waits?\./).waitFor();
      await page.getByText(/It is to leave/).waitFor();
    },
  },
  {
    name: "one message to one person leaves from their page, and their story tells it",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      const at = await newContact(page, server, "Quill", "quill@single.example");
      await write(page, "A word", "Just for you, Quill.");
      await bubble(page, "Just for you, Quill.")
        .getByText(/Sent|Delivered|Opened/)
        .waitFor();
      await page.goto(at);
      await page.getByText("To Quill by email").waitFor();
    },
  },
  {
    name: "each way out of doubt is a click, with the evidence beside it",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      for (const [button, after, last] of [
        ["It was sent", /Sent|Delivered|Opened/, "Surer"],
        ["Send it again", /Sent|Delivered|Opened/, "Againer"],
        ["Let it be", /Cancelled/, "Leaver"],
      ] as const) {
        await newContact(page, server, last, `${last.toLowerCase()}@doubt.example`);
        await order(server, "config", { people: false });
        // Of all that leaves now, the next one is taken without an answer; it need not be ours.
        let mine = bubble(page, `Doubtful for ${last}`);
        await order(server, "fault", { provider: "smtp", kind: "close_after_data", count: 40 });
        await write(page, "Doubt", `Doubtful for ${last}`);
        await mine.getByText("Nobody knows whether this left.").waitFor();
        await fetch(`${server.sandbox}/_sandbox/fault`, { method: "DELETE" });
        check(/msg_\w+@/.test((await mine.textContent()) ?? ""), "The Message-ID is not shown.");
        const thread = page.url().split("/").at(-1);
        await page.goto(`${server.address}/inbox/uncertain/${thread}`);
        mine = bubble(page, `Doubtful for ${last}`);
        await mine.getByRole("button", { name: button }).click();
        await mine.getByText("Nobody knows whether this left.").waitFor({ state: "detached" });
        await mine.getByText(after).first().waitFor();
      }
    },
  },
  {
    name: "a stranger becomes a contact, and what they wrote moves along",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      const known = await newContact(page, server, "Known", "known@work.example");
      const sender = (await mailbox(page)).address;
      for (const who of ["known@home.example", "new@nowhere.example"])
        await order(server, "reply", { channel: "email", to: who, sender, text: `I am ${who}, call me` });
      await page.goto(`${server.address}/inbox/unmatched`);
      const row = (who: string) => page.locator("a.conversation").filter({ hasText: who });
      await row("known@home.example").click();
      await page.getByText("belongs to no contact yet").waitFor();
      await page.getByRole("combobox", { name: "Link to a contact" }).fill("known@work");
      await page.getByRole("option", { name: /Known/ }).waitFor();
      await page.keyboard.press("Enter");
      await page.getByText("The messages are with Known now.").waitFor();
      await page.goto(known);
      await page.getByText("Known answered by email").waitFor();

      await page.goto(`${server.address}/inbox/unmatched`);
      await row("new@nowhere.example").click();
      check((await row("known@home.example").count()) === 0, "It is still unmatched.");
      await page.getByRole("button", { name: "Make a new contact" }).click();
      await page.getByRole("button", { name: "Add the name" }).click();
      await page.getByRole("heading", { name: "new@nowhere.example", level: 1 }).waitFor();
      await page.getByText("answered by email").waitFor();
    },
  },
  {
    name: "what could not be used is kept with its reason and can be handled again",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await deadLetter(server, await mailbox(page));
      await page.goto(`${server.address}/`);
      await page.getByText("1 thing that came in could not be used.").waitFor();
      await page.getByRole("link", { name: "See why" }).click();
      const letter = page.locator(".letter").filter({ hasText: "our own address" });
      await letter.getByText("Incoming mail").waitFor();
      await letter.getByRole("button", { name: "Handle again" }).click();
      await page.getByText("It is handled again.").waitFor();
      await letter.waitFor();
    },
  },
  {
    name: "a draft is changed where its launch check says, and starts when nothing is left to mend",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/settings/senders`);
      const pause = page.getByRole("button", { name: /^Pause hello@/ });
      await pause.click();
      await page.getByText("Paused", { exact: true }).waitFor();
      await page.goto(`${server.address}/campaigns/new`);
      await page.getByRole("button", { name: /Quick tour/ }).click();
      await page.getByRole("radio", { name: /A search/ }).check();
      await page.getByRole("textbox", { name: "Words" }).fill("nobody-is-called-this");
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByLabel("Name of the campaign").fill("Unready");
      await page.getByRole("button", { name: "Check before launch" }).click();
      await page.getByRole("heading", { name: "Launch check" }).waitFor();
      const line = (text: string) => page.locator(".check-line").filter({ hasText: text });
      check(await page.getByRole("button", { name: /^Start for/ }).isDisabled(), "It starts for nobody.");

      await line("Nobody is in the audience").getByRole("link", { name: "Campaign settings" }).click();
      await page.getByRole("radio", { name: /All contacts/ }).check();
      await page.getByLabel("Name", { exact: true }).fill("Ready now");
      await page.getByRole("button", { name: "Add a window" }).click();
      await page.getByLabel("From", { exact: true }).first().fill("06:00");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved. The launch check follows it.").waitFor();
      await page.getByRole("link", { name: "Back to the launch check" }).click();
      await page.getByRole("heading", { name: "Ready now", level: 1 }).waitFor();

      await line("it is paused").getByRole("link", { name: "Senders" }).click();
      await page.getByRole("button", { name: /^Resume hello@/ }).click();
      await pause.waitFor();
      await page.goBack();
      const start = page.getByRole("button", { name: /^Start for/ });
      await until("the campaign to be ready", 10_000, () => start.isEnabled());
      await start.click();
      await page.getByRole("button", { name: "Pause" }).waitFor();
      await parts(page).getByRole("link", { name: "Settings" }).click();
      check(
        (await page.getByLabel("From", { exact: true }).first().inputValue()) === "06:00",
        "The hours were lost.",
      );
    },
  },
];
