import { judge } from "./axe.ts";
import { check, signIn, type Test, until } from "./kit.ts";

/** Order in the inbox: who is blocked is out of the way, and what is nobody's finds somebody. */

export const tests: Test[] = [
  {
    name: "somebody is blocked and unblocked with one key, and back where they were",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/inbox/open`);
      // By its link: answers come in, and what is first moves on.
      const first = page.locator("a.conversation").first();
      await first.waitFor({ timeout: 60_000 });
      await page.goto(new URL((await first.getAttribute("href")) ?? "", server.address).href);
      await page.locator("#reply").waitFor();
      await page.getByText("Answers leave from").waitFor();
      const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
      const row = page.locator(`a.conversation[href*="${id}"]`);
      await page.keyboard.press("b");
      await page.getByText("Blocked. What they write is kept under Blocked.").waitFor();
      await until("it to leave the list", 10_000, async () => (await row.count()) === 0);
      await page.goto(`${server.address}/inbox/blocked/${id}`);
      await page.getByText("nothing is sent to them").waitFor();
      check((await row.count()) === 1, "it stands under Blocked");
      check(!(await page.locator("#reply").isEditable()), "nobody writes to them");
      const problems: string[] = [];
      await judge(page, "somebody who is blocked", problems);
      check(problems.length === 0, problems.join("\n"));
      await page.getByRole("button", { name: "Unblock" }).click();
      await page.getByText("Unblocked. Everything is back where it was.").waitFor();
      // Wherever in the list it stands: not all of it is drawn.
      await until("it to be open again", 10_000, async () => {
        const open = await page.evaluate(async () =>
          (await fetch("/api/conversations?view=open&limit=100")).text(),
        );
        return open.includes(id);
      });
    },
  },
  {
    name: "what is nobody's goes round, and not to who is away",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/settings/assignment`);
      await page.getByRole("radio", { name: /^In turns/ }).check();
      const save = page.getByRole("button", { name: "Save" });
      check(await save.isDisabled(), "somebody has to be chosen");
      await page.getByRole("checkbox").first().check();
      await save.click();
      await page.getByText("gets conversations").waitFor();
      await page
        .getByRole("button", { name: /is away$/ })
        .first()
        .click();
      await page.getByText("Away", { exact: true }).first().waitFor();
      await page
        .getByRole("button", { name: /is back$/ })
        .first()
        .click();
      await page.getByText("You are back.").waitFor();
    },
  },
];
