import { check, signIn, type Test, tile, until } from "./kit.ts";

/** Within a minute of the start, and without a click in it, the whole loop can be seen. */
const MINUTE = 60_000;

/** As the README starts it. */
export const speed = 1;

export const tests: Test[] = [
  {
    name: "sent mail and text, a reply, a bounce and an opt-out are on the screen within a minute",
    async run(kit) {
      const server = await kit.server();
      const home = await kit.page();
      const senders = await kit.page();
      const left = () => Math.max(1000, server.readyAt + MINUTE - Date.now());
      await signIn(home, server);
      await signIn(senders, server);
      await senders.goto(`${server.address}/settings/senders`);

      const sentBy = async (channel: string) => {
        const line = senders.locator(".sender").filter({ has: senders.getByText(channel, { exact: true }) });
        const text = await line
          .getByText(/sent today/)
          .first()
          .textContent();
        return Number(/([\d,]+) sent today/.exec(text ?? "")?.[1]?.replaceAll(",", "") ?? 0);
      };
      const reload = async () => {
        // The sender list has no event of its own.
        await senders.reload();
        await senders.locator(".sender").first().waitFor();
      };
      await home.locator(".tile").first().waitFor();
      await until("an e-mail that was sent", left(), async () => (await tile(home, "Sent today")) > 0);
      await until("an answer", left(), async () => (await tile(home, "Answered")) > 0);
      await until("a bounce", left(), async () => (await tile(home, "Bounced")) > 0);
      await until("an opt-out", left(), async () => (await tile(home, "Opted out")) > 0);
      await until("a text that was sent", left(), async () => {
        await reload();
        return (await sentBy("Text")) > 0;
      });
      check((await sentBy("Email")) > 0, "The mailbox shows no sent e-mail.");
      await home.getByRole("link", { name: "Open the inbox", exact: true }).click();
      await home.locator(".conversation").first().waitFor({ timeout: left() });
    },
  },
  {
    name: "the sandbox is named on every page, and the connection is live",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      for (const path of [
        "/",
        "/inbox/open",
        "/contacts",
        "/campaigns",
        "/import",
        "/settings/workspace",
        "/jobs",
      ]) {
        await page.goto(server.address + path);
        await page.locator(".rail").getByText("Messages reach no real person").waitFor();
        await page.locator(".rail").getByText("Live updates").waitFor();
      }
    },
  },
];
