import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { send } from "./people.ts";

const FILES = ["overture.db", "overture.db-wal"];

/** The database alone: what lies beside it stays, as where somebody restores a dump. */
function copy(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of [...FILES, "overture.db-shm"]) rmSync(join(to, file), { force: true });
  for (const file of FILES) if (existsSync(join(from, file))) copyFileSync(join(from, file), join(to, file));
}

/** How many messages the outside world has taken since the server was started. */
async function taken(server: Server): Promise<number> {
  const state = await (await fetch(`${server.sandbox}/_sandbox/state`)).json();
  const channels = Object.values(state.channels) as { distinct: number }[];
  return channels.reduce((sum, channel) => sum + channel.distinct, 0);
}

const TEXTS = ["One", "Two", "Three", "Four", "Five", "Six"];

/** Texts to everybody, minutes apart and at any hour: what the demo's campaigns have left depends on the time. */
const GRAPH = {
  nodes: TEXTS.flatMap((text, n) => [
    { key: `S${n}`, type: "sms_send", name: text, config: { body: text }, x: 0, y: n * 240 },
    { key: `W${n}`, type: "wait", name: "Some minutes", config: { seconds: 600 }, x: 0, y: n * 240 + 120 },
  ]),
  edges: TEXTS.flatMap((_, n) => [
    { from: `S${n}`, to: `W${n}` },
    ...(n + 1 < TEXTS.length ? [{ from: `W${n}`, to: `S${n + 1}` }] : []),
  ]),
};

async function startCampaign(page: Page): Promise<void> {
  const funnel = await send(page, "POST", "/api/funnels", { name: "Six texts", graph: GRAPH });
  const asked = { name: "Minutes apart", funnel_id: funnel.id, audience: { all: true } };
  const { id } = await send(page, "POST", "/api/campaigns", asked);
  await send(page, "POST", `/api/campaigns/${id}/start`, {});
}

export const tests: Test[] = [
  {
    name: "a restored backup says what happened, sends nothing, and goes on once an admin has decided",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await startCampaign(page);
      await until("the first messages to leave", 60_000, async () => (await taken(server)) > 3);
      await server.kill();
      const backup = join(server.data, "..", "backup");
      copy(server.data, backup);
      await server.restart();
      await until("more messages to leave", 60_000, async () => (await taken(server)) > 3);
      await server.kill();
      copy(backup, server.data);
      await server.restart();

      await page.reload();
      const banner = page.locator(".banner").filter({ hasText: "A backup seems to have been restored" });
      await banner.waitFor();
      await banner.getByRole("button", { name: "Look and decide" }).click();
      const dialog = page.getByRole("dialog", { name: "Has anything left already?" });
      await dialog.getByText("Messages have left since this copy was made").waitFor();
      await dialog.getByText(/of campaigns due for a step/).waitFor();
      await dialog.getByRole("button", { name: "Not now, send nothing" }).click();
      check((await taken(server)) === 0, "Something left before anybody had agreed.");

      const phone = await kit.page(PHONE);
      await signIn(phone, server);
      await phone.getByRole("button", { name: "Look and decide" }).click();
      await phone.getByText(/of campaigns due for a step/).waitFor();
      const problems: string[] = [];
      await judge(phone, "the dialog on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
      await phone.getByRole("radio", { name: /Nothing has left since then/ }).check();
      await phone.getByRole("button", { name: "Go on", exact: true }).click();
      await banner.waitFor({ state: "detached" });
      await until("messages to leave again", 60_000, async () => (await taken(server)) > 0);

      await page.goto(`${server.address}/settings/audit`);
      await page.getByText("held all sending").first().waitFor();
    },
  },
];
