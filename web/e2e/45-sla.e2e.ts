import { judge } from "./axe.ts";
import { check, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** Reply times: chosen with their consequences in sight, shown in the inbox, and ended by an answer. */

type Row = { id: string; due_at: string | null; late_at: string | null };

export const tests: Test[] = [
  {
    name: "reply times are chosen, what is late stands out in the inbox, and an answer ends that",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      const problems: string[] = [];
      await page.goto(`${server.address}/settings/reply-times`);
      await page.getByLabel("Keep reply times").check();
      const examples = page.getByLabel("Examples");
      await examples.getByText("Friday 16:30").waitFor();
      await examples.getByText("Monday 12:30").waitFor();
      await page.getByLabel("First answer to somebody new, within", { exact: true }).fill("3");
      await examples.getByText("Monday 11:30").waitFor();
      await page.getByLabel("Sooner for those who are interested").check();
      await page.getByLabel("Add a channel").selectOption("sms");
      await page.getByText("Text: first answer").waitFor();
      await judge(page, "reply times", problems);
      await page.getByLabel("Text as all others").click();
      // Everybody who waits is late by this.
      await page.getByLabel("Day and night").check();
      await page.getByLabel("First answer to somebody new, within: minutes or hours").selectOption("minutes");
      await page.getByLabel("First answer to somebody new, within", { exact: true }).fill("1");
      await page.getByRole("button", { name: "Save reply times" }).click();
      await page.getByText("Saved. What waits is worked out again.").waitFor();

      await page.goto(`${server.address}/inbox/open`);
      await page.locator(".list-tabs").getByRole("link", { name: /^Late/ }).click({ timeout: 20_000 });
      const late = page.locator("a.conversation-late");
      await late.first().waitFor();
      await judge(page, "what is late", problems);
      await late.first().click();
      await page
        .locator(".thread-bar")
        .getByText(/^Late by/)
        .waitFor();
      const id = page.url().split("/").at(-1) ?? "";
      const row = () =>
        page.evaluate(async (one) => (await (await fetch(`/api/conversations/${one}`)).json()) as Row, id);
      check((await row()).late_at !== null, "it is late");
      await send(page, "POST", `/api/conversations/${id}/done`, {});
      check((await row()).due_at === null, "what is done is owed nothing");
      await send(page, "POST", `/api/conversations/${id}/reopen`, {});
      await until("it to be late again", 10_000, async () => (await row()).late_at !== null);
      // By hand it would wait for the moment in which it can be taken back.
      const answer = { text: "Here is my answer, sorry for the wait.", client_id: "client-45-answer" };
      await send(page, "POST", `/api/conversations/${id}/reply`, answer);
      // They may have answered that by now, and be owed the next one.
      await until("the answer to end it", 10_000, async () => (await row()).late_at === null);
      await page
        .locator(".thread-bar")
        .getByText(/^Late by/)
        .waitFor({ state: "detached" });
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
