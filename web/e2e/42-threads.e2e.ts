import { judge } from "./axe.ts";
import { check, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** Conversations that become one and two again, and what is done in them as one thing. */

type Row = { id: string; contact_id: string | null; channel: string };

export const tests: Test[] = [
  {
    name: "conversations are merged, split and worked through by a macro with the keyboard, and all of it is undone",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/inbox/open`);
      await page.locator("a.conversation").first().waitFor({ timeout: 60_000 });
      const list = await page.evaluate(
        async () => ((await (await fetch("/api/conversations?view=open")).json()) as { data: Row[] }).data,
      );
      const one = list.find((row) => row.contact_id !== null && ["email", "sms"].includes(row.channel));
      check(one !== undefined, "somebody has written");
      const other = one.channel === "email" ? { channel: "sms" } : { channel: "email", subject: "Hello" };
      const text = "Said on the other channel";
      await send(page, "POST", "/api/messages", {
        ...other,
        client_id: "client-42-other",
        contact_id: one.contact_id,
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
