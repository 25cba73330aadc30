import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, PHONE, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

/** After a restored backup: nobody can be asked whether mails have left, and one person decides about many at once. */

const FILES = ["overture.db", "overture.db-wal"];

function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of [...FILES, "overture.db-shm"]) rmSync(join(to, file), { force: true });
  for (const file of FILES) if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
}

const MAILS = ["One", "Two", "Three", "Four", "Five", "Six"];
const GRAPH = {
  nodes: MAILS.flatMap((text, n) => [
    { key: `S${n}`, type: "email_send", name: text, config: { subject: text, body: text }, x: 0, y: n * 240 },
    { key: `W${n}`, type: "wait", name: "Some minutes", config: { seconds: 600 }, x: 0, y: n * 240 + 120 },
  ]),
  edges: MAILS.flatMap((_, n) => [
    { from: `S${n}`, to: `W${n}` },
    ...(n + 1 < MAILS.length ? [{ from: `W${n}`, to: `S${n + 1}` }] : []),
  ]),
};

type Look = { messages: number };

const look = (page: Page): Promise<Look> =>
  page.evaluate(async () => (await (await fetch("/api/messages/undecided")).json()) as Look);

export const tests: Test[] = [
  {
    name: "what nobody can be asked about is decided about for many at once, counted before",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      const funnel = await send(page, "POST", "/api/funnels", { name: "Six mails", graph: GRAPH });
      const asked = { name: "Mails, minutes apart", funnel_id: funnel.id, audience: { all: true } };
      const { id } = await send(page, "POST", "/api/campaigns", asked);
      await send(page, "POST", `/api/campaigns/${id}/start`, {});
      const left = async () => {
        const state = await (await fetch(`${server.sandbox}/_sandbox/state`)).json();
        return (Object.values(state.channels) as { distinct: number }[]).reduce(
          (sum, one) => sum + one.distinct,
          0,
        );
      };
      await until("the first mails to leave", 60_000, async () => (await left()) > 3);
      await server.kill();
      const backup = join(server.data, "..", "backup");
      copy(server.data, backup);
      await server.restart();
      await until("more mails to leave", 60_000, async () => (await left()) > 3);
      await server.kill();
      copy(backup, server.data);
      await server.restart();

      await page.reload();
      await page.getByRole("button", { name: "Look and decide" }).click();
      await page.getByText(/of campaigns due for a step/).waitFor();
      await page.getByRole("button", { name: "Go on", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await until(
        "mails that a person has to decide about",
        90_000,
        async () => (await look(page)).messages > 1,
      );

      const problems: string[] = [];
      await page.goto(`${server.address}/inbox/uncertain`);
      await page.getByRole("button", { name: "Decide about many" }).click();
      const dialog = page.getByRole("dialog", { name: "Decide about uncertain messages" });
      await dialog.getByLabel("Campaign").selectOption({ value: id });
      await dialog.getByRole("radio", { name: /None of these was sent/ }).check();
      await judge(page, "the choice about many", problems);
      await dialog.getByRole("button", { name: "Go on" }).click();
      await dialog.getByText(/Whoever had in truth got it already gets it twice/).waitFor();
      await judge(page, "the decision about many", problems);

      const phone = await kit.page(PHONE);
      await signIn(phone, server);
      await phone.goto(`${server.address}/inbox/uncertain`);
      await phone.getByRole("button", { name: "Decide about many" }).click();
      await phone.getByRole("radio", { name: /All of these were sent/ }).check();
      await judge(phone, "the choice about many on a phone", problems);
      await phone.getByRole("button", { name: "Go on" }).click();
      await phone.getByText(/Nothing goes out/).waitFor();
      await judge(phone, "the decision about many on a phone", problems);
      check(problems.length === 0, problems.join("\n"));

      await dialog.getByRole("button", { name: /^Send \d+ messages? again$/ }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByText(/will go out again/).waitFor();
      await page.goto(`${server.address}/settings/audit`);
      await page.getByText("settled many uncertain messages").first().waitFor();
    },
  },
];
