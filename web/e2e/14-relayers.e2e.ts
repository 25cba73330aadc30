import { spawnSync } from "node:child_process";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, DESKTOP, type Kit, main, PHONE, type Server, signIn, type Test } from "./kit.ts";
import { ADMIN, line, open, ready, two } from "./people.ts";

/** Relayers: the devices that carry a member's messages, from their key to the day that they are shut out. */

const sizes = [
  ["desktop", DESKTOP],
  ["390 px", PHONE],
] as const;

const dialogOf = (page: Page) => page.getByRole("dialog");
const device = (page: Page, name: string) => main(page).getByRole("listitem").filter({ hasText: name });

/** Makes the key of a device and reads it, which is shown this once; the dialog stays open. */
async function makeKey(page: Page, server: Server, name: string): Promise<string> {
  await open(page, server, "/settings/relayers");
  await page.getByRole("button", { name: /^(New relayer|Connect your first device)$/ }).click();
  await dialogOf(page).getByLabel("Device").fill(name);
  await page.keyboard.press("Enter");
  const key = await dialogOf(page).getByLabel("Relayer key").inputValue();
  check(/^ovr_\w{12}_/.test(key), `This is no key: ${key}`);
  return key;
}

/** Says that it is there, as the relayer on that device does. */
const beat = (server: Server, key: string, employee: string): Promise<Response> =>
  fetch(`${server.address}/api/relayer/heartbeat`, {
    method: "POST",
    headers: { "X-Relayer-API-Key": key, "X-Employee-ID": employee },
  });

/** The employee id that the dialog tells beside the key. */
const employeeIn = async (page: Page): Promise<string> =>
  (await dialogOf(page).locator(".callout code").textContent()) ?? "";

/** Closes the dialog without the key. */
async function leave(page: Page): Promise<void> {
  await dialogOf(page).getByRole("button", { name: "Done" }).click();
  await dialogOf(page).getByRole("button", { name: "Leave without it" }).click();
  await dialogOf(page).waitFor({ state: "detached" });
}

export const tests: Test[] = [
  {
    name: "a device comes alive with its key, is counted, and is shut out once it is revoked",
    async run(kit) {
      const { server, page } = await ready(kit);
      await open(page, server, "/settings/relayers");
      await page.getByText("No device carries messages for you.").waitFor();
      const key = await makeKey(page, server, "MacBook");
      const dialog = dialogOf(page);
      const employee = await employeeIn(page);
      await dialog.getByText("Waiting for “MacBook” to report in").waitFor();
      const answer = await beat(server, key, employee);
      check(answer.status === 200, `The heartbeat was answered with ${answer.status}.`);
      const said = (await answer.json()) as { device: string };
      check(said.device === "MacBook", `It was taken for ${said.device}.`);
      check((await beat(server, key, "somebody")).status === 403, "The key works for somebody else.");

      // Nothing is pressed: the page finds out by itself. And a key that is in use is not asked about.
      await dialog.getByText("“MacBook” has reported in.").waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await dialog.waitFor({ state: "detached" });
      await device(page, "MacBook").getByText("At work").waitFor();
      await device(page, "MacBook").getByText("Seen just now").waitFor();
      await open(page, server, "/settings/team");
      await line(page, "Rita Rep").getByRole("link", { name: "1 relayer at work" }).click();

      await page.getByRole("button", { name: "Revoke MacBook" }).click();
      await dialog.getByText("It was here last just now.").waitFor();
      await page.keyboard.press("Escape");
      check((await beat(server, key, employee)).status === 200, "It was revoked by being looked at.");
      await page.getByRole("button", { name: "Revoke MacBook" }).click();
      await dialog.getByRole("button", { name: "Revoke the key" }).click();
      await page.getByText("No device carries messages for you.").waitFor();
      check((await beat(server, key, employee)).status === 401, "A revoked device still comes in.");
      await open(page, server, "/settings/audit");
      await page.getByText("shut a relayer out").waitFor();
    },
  },
  {
    name: "the command to copy is a heartbeat as it stands, and a device that never came says so",
    async run(kit) {
      const { server, page } = await ready(kit);
      await makeKey(page, server, "Chrome at the office");
      const dialog = dialogOf(page);
      const command = (await dialog.locator("pre").textContent()) ?? "";
      await leave(page);
      const line = device(page, "Chrome at the office");
      await line.getByText("Not connected yet").waitFor();
      await line.getByText("Never seen").waitFor();
      const ran = spawnSync("sh", ["-c", `${command} --silent --show-error --noproxy '*'`], {
        encoding: "utf8",
      });
      check(ran.stdout.includes('"device":"Chrome at the office"'), `${ran.stdout}${ran.stderr}`);
    },
  },
  {
    name: "a rep has devices of their own, which an admin sees and shuts out",
    async run(kit) {
      const { server, admin, rep } = await two(kit);
      await makeKey(admin, server, "Rita's laptop");
      await leave(admin);
      const key = await makeKey(rep, server, "Ann's laptop");
      const employee = await employeeIn(rep);
      await leave(rep);
      check((await rep.getByText("Rita's laptop").count()) === 0, "A rep sees the device of a colleague.");
      await open(admin, server, "/settings/relayers");
      await device(admin, "Ann's laptop").getByText("of Ann Lee").waitFor();
      await admin.getByRole("button", { name: "Revoke Ann's laptop" }).click();
      await dialogOf(admin).getByText("It belongs to Ann Lee").waitFor();
      await dialogOf(admin).getByRole("button", { name: "Revoke the key" }).click();
      await device(admin, "Ann's laptop").waitFor({ state: "detached" });
      check((await beat(server, key, employee)).status === 401, "The rep's device still comes in.");
    },
  },
  ...sizes.map(([size, options]) => ({
    name: `axe finds nothing on the page of relayers, light and dark, ${size}`,
    async run(kit: Kit) {
      const { server } = await ready(kit);
      const page = await kit.page(options);
      const problems: string[] = [];
      await signIn(page, server, ADMIN);
      await open(page, server, "/settings/relayers");
      await judge(page, "no relayer", problems);
      await page.getByRole("button", { name: "Connect your first device" }).click();
      await judge(page, "relayer dialog", problems);
      await page.keyboard.press("Escape");
      const key = await makeKey(
        page,
        server,
        "A laptop with a long name, as people give them, on a small page",
      );
      await judge(page, "the key of a relayer", problems);
      await beat(server, key, await employeeIn(page));
      await dialogOf(page).getByText("has reported in.").waitFor();
      await judge(page, "a relayer that is there", problems);
      await dialogOf(page).getByRole("button", { name: "Done" }).click();
      await makeKey(page, server, "Silent");
      await leave(page);
      await judge(page, "relayers", problems);
      await page.getByRole("button", { name: "Revoke Silent" }).click();
      await judge(page, "revoking a relayer", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  })),
];
