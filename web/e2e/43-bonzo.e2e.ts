import type { Page } from "playwright-core";
import { check, main, order, type Test, until } from "./kit.ts";
import { open, ready } from "./people.ts";

/** A conversation through Bonzo in the sandbox: its hook brings what somebody answers, and that they want no more. */

const OURS = "+12025550177";
/** Says nothing by themselves. */
const ADA = "+14155550004";

/** Asks the API as the page does. */
const post = (page: Page, path: string, body: unknown): Promise<{ id: string; conversation_id: string }> =>
  page.evaluate(
    async ({ to, data }) => {
      const { token } = (await (await fetch("/api/csrf-token")).json()) as { token: string };
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
      const answer = await fetch(to, { method: "POST", headers, body: JSON.stringify(data) });
      if (!answer.ok) throw new Error(`${to}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as { id: string; conversation_id: string };
    },
    { to: path, data: body },
  );

export const tests: Test[] = [
  {
    name: "Bonzo's answers come in by its hook, and who wants no more gets no more",
    async run(kit) {
      const { server, page } = await ready(kit);
      const says = (text: string) => order(server, "reply", { channel: "sms", to: ADA, text });
      const sender = await post(page, "/api/senders", { provider: "bonzo", name: "Nora", address: OURS });
      const contact = await post(page, "/api/contacts", {
        first_name: "Ada",
        last_name: "Quist",
        phone: ADA,
      });
      const sent = await post(page, "/api/messages", {
        client_id: "e2e-bonzo-0001",
        channel: "sms",
        sender_id: sender.id,
        contact_id: contact.id,
        text: "Hello Ada, shall we talk?",
      });
      await open(page, server, `/inbox/all/${sent.conversation_id}`);
      const thread = main(page);
      const bubble = (text: string) => page.locator(".bubble-out").filter({ hasText: text });
      await bubble("shall we talk?")
        .getByText(/Sent|Delivered/)
        .waitFor();
      await says("Gladly, on Tuesday?");
      await thread.getByText("Gladly, on Tuesday?").last().waitFor();
      await page.locator("#reply").fill("Tuesday it is.");
      await page.locator(".composer [type=submit]").click();
      await bubble("Tuesday it is.")
        .getByText(/Sent|Delivered/)
        .waitFor();
      await says("STOP");
      const listed = await until("the number to be suppressed", 15_000, () =>
        page.evaluate(async () => {
          const found = (await (await fetch("/api/suppressions")).json()) as { data: { channel: string }[] };
          return found.data.length > 0 ? found.data : null;
        }),
      );
      check(listed[0]?.channel === "sms", `Suppressed is ${JSON.stringify(listed)}.`);
      await open(page, server, "/settings/senders");
      const line = page.locator("li.sender").filter({ hasText: OURS });
      await line.getByText("Live at most 60 calls a minute for the Bonzo API key").waitFor();
    },
  },
];
