import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { judge } from "./axe.ts";
import { check, PHONE, type Server, signIn, type Test, until } from "./kit.ts";

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

export const tests: Test[] = [
  {
    name: "a restored backup says what happened, sends nothing, and goes on once an admin has decided",
    async run(kit) {
      const server = await kit.server();
      await until("the first messages to leave", 60_000, async () => (await taken(server)) > 3);
      await server.kill();
      const backup = join(server.data, "..", "backup");
      copy(server.data, backup);
      await server.restart();
      await until("more messages to leave", 60_000, async () => (await taken(server)) > 3);
      await server.kill();
      copy(backup, server.data);
      await server.restart();

      const page = await kit.page();
      await signIn(page, server);
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
