import { check, signIn, type Test, until } from "./kit.ts";

const TEXT = "I was writing this when the lights went out.";

export const tests: Test[] = [
  {
    name: "a killed server takes no text with it, and what was being written is sent once after its restart",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/inbox/open`);
      const first = page
        .locator(".conversation")
        .filter({ hasText: /Question|Positive/ })
        .first();
      await first.waitFor({ timeout: 60_000 });
      await first.click();
      // A thread that has not come yet cannot be answered.
      await page.locator(".bubble-in").first().waitFor();
      const composer = page.getByRole("textbox", { name: /^Reply/ });
      await composer.fill(TEXT);
      // Messages and conversation come by themselves: without the latter nobody knows yet where an answer goes.
      await until(
        "the answer to be ready to leave",
        20_000,
        async () => await page.getByRole("button", { name: /^Send(?! later)/ }).isEnabled(),
      );

      await server.kill();
      await page
        .locator(".rail")
        .getByText(/Reconnecting|Offline/)
        .waitFor({ timeout: 20_000 });
      check((await composer.inputValue()) === TEXT, "The composer lost its text when the server died.");

      await composer.press("Control+Enter");
      const failed = page.locator(".bubble-out").filter({ hasText: TEXT });
      await failed.getByRole("button", { name: "Retry" }).waitFor({ timeout: 20_000 });
      check(
        ((await failed.textContent()) ?? "").includes("cannot be reached"),
        "The failure is not explained.",
      );

      await server.restart();
      await page.locator(".rail").getByText("Live updates").waitFor({ timeout: 30_000 });
      await page.reload();
      await failed.getByRole("button", { name: "Retry" }).waitFor({ timeout: 20_000 });
      await failed.getByRole("button", { name: "Retry" }).click();
      await until(
        "the message to be handed over",
        20_000,
        async () => (await failed.getByRole("button", { name: "Retry" }).count()) === 0,
      );
      await until("the message to leave", 30_000, async () =>
        /Sent|Delivered|Opened/.test((await failed.first().textContent()) ?? ""),
      );
      check((await failed.count()) === 1, `The message stands in the thread ${await failed.count()} times.`);
    },
  },
  {
    name: "an unsent draft is there again after the page was closed",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/inbox/open`);
      await page.locator(".conversation").filter({ hasNotText: "Opted out" }).last().click();
      await page.getByRole("textbox", { name: /^Reply/ }).fill("Half a sentence");
      await page.reload();
      await page.getByRole("textbox", { name: /^Reply/ }).waitFor();
      check(
        (await page.getByRole("textbox", { name: /^Reply/ }).inputValue()) === "Half a sentence",
        "The draft is gone.",
      );
    },
  },
];
