import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, deliver, mailbox, type Server, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** Conversations that become one and two again, and what is done in them as one thing. */

type Row = { id: string; contact_id: string | null };

const ADDRESS = "thea@threads.example";

/** A mail that Thea writes to the demo's mailbox. */
async function writes(server: Server, own: { id: string; address: string }, id: string, text: string) {
  const head = `From: ${ADDRESS}\r\nTo: ${own.address}\r\nMessage-ID: <${id}@threads.example>\r\nSubject: Seats`;
  await deliver(server, own, `${head}\r\n\r\n${text}\r\n`);
}

/** The conversation of a contact, once what they wrote is in. */
async function conversation(page: Page, contact: string): Promise<Row> {
  let found: Row | undefined;
  await until("their mail to be in", 30_000, async () => {
    const { data } = await page.evaluate(
      async () => (await (await fetch("/api/conversations?view=all")).json()) as { data: Row[] },
    );
    found = data.find((row) => row.contact_id === contact);
    return found !== undefined;
  });
  check(found !== undefined, "their mail is in");
  return found;
}

export const tests: Test[] = [
  {
    name: "conversations are merged, split and worked through by a macro with the keyboard, and all of it is undone",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      // Somebody of its own, with an address on each channel: whom the demo hears from first is chance.
      const { id: contact } = await send(page, "POST", "/api/contacts", {
        email: ADDRESS,
        phone: "+12015550142",
        first_name: "Thea",
        last_name: "Thread",
      });
      const own = await mailbox(page);
      await writes(server, own, "1", "Is there a seat left?");
      await writes(server, own, "2", "And where do we park?");
      const one = await conversation(page, contact);
      const text = "Said on the other channel";
      await send(page, "POST", "/api/messages", {
        channel: "sms",
        client_id: "client-42-other",
        contact_id: contact,
        text,
      });
      const home = `${server.address}/inbox/all/${one.id}`;
      await page.goto(home);
      await page.locator("#reply").waitFor();
      const bubble = page.locator(".bubble-out").filter({ hasText: text });
      check((await bubble.count()) === 0, "it stands elsewhere");
      const problems: string[] = [];
      await page.getByText("Answers leave from").waitFor();
      await page.keyboard.press("Shift+M");
      const choice = page.getByRole("dialog").locator(".merge-choice").first();
      await choice.waitFor();
      await judge(page, "which conversation is merged", problems);
      await choice.click();
      await page.getByText("Merged. Everything stands in one conversation.").waitFor();
      await bubble.waitFor();
      await page.keyboard.press("z");
      await page.getByText("Two conversations again.").waitFor();
      await until("it to be gone", 10_000, async () => (await bubble.count()) === 0);

      await page.keyboard.press("Shift+S");
      await page.getByRole("button", { name: "Begins here" }).last().click();
      await page.getByText("Split. This part is a conversation of its own.").waitFor();
      await until("the new one to be shown", 10_000, async () => !page.url().includes(one.id));
      await page.keyboard.press("z");
      await until("its link to lead back", 10_000, async () => page.url().includes(one.id));

      await page.goto(`${server.address}/settings/macros`);
      await page.getByRole("button", { name: "Make a macro" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name").fill("Noted");
      await dialog.getByLabel("Add a step").selectOption("note");
      await dialog.getByLabel("What colleagues read").fill("By one key");
      await dialog.getByLabel("Add a step").selectOption("done");
      await judge(page, "a macro", problems);
      await dialog.getByRole("button", { name: "Make the macro" }).click();
      await page.getByText("M offers it in the inbox now.").waitFor();
      await page.goto(home);
      await page.locator("#reply").waitFor();
      await page.getByText("Answers leave from").waitFor();
      await page.keyboard.press("m");
      await page.getByLabel("Macro", { exact: true }).and(page.locator("input")).fill("Noted");
      await page.keyboard.press("Enter");
      await page.getByText("Noted: done.").waitFor();
      await page.getByText("By one key").first().waitFor();
      await page.keyboard.press("Escape");
      await page.goto(home);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
