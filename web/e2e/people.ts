import { spawnSync } from "node:child_process";
import type { Page } from "playwright-core";
import { settle } from "./axe.ts";
import { binary, check, type Kit, type Login, type Server } from "./kit.ts";

/** The people of a fresh installation, and how they get in and out. */

/** Who sets up a fresh installation. */
export const ADMIN = { email: "rita@acme.example", password: "correct horse battery" };

export async function setUp(page: Page, server: Server): Promise<void> {
  await page.goto(server.setupUrl);
  await page.getByLabel("Your name").fill("Rita Rep");
  await page.getByLabel("Workspace").fill("Acme Events");
  await page.getByLabel("E-mail").fill(ADMIN.email);
  await page.getByLabel("Password").fill(ADMIN.password);
  await page.getByLabel("Time zone").selectOption("Europe/Oslo");
  await page.getByRole("button", { name: "Create the workspace" }).click();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
}

/** A fresh installation with its admin signed in. */
export async function ready(kit: Kit): Promise<{ server: Server; page: Page }> {
  const server = await kit.fresh();
  const page = await kit.page();
  await setUp(page, server);
  return { server, page };
}

/** Who is invited. */
export const REP = { email: "ann@acme.example", password: "quiet river bends twice" };

/** A person's line on the Team page. */
export const line = (page: Page, who: string) => page.locator(".person").filter({ hasText: who });

export async function open(page: Page, server: Server, path: string): Promise<void> {
  await page.goto(server.address + path);
  await settle(page);
}

/** Makes an invitation and reads its link, which is shown this once. */
export async function invite(page: Page, server: Server, email: string): Promise<string> {
  await open(page, server, "/settings/team");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("E-mail").fill(email);
  await dialog.getByRole("button", { name: "Make the link" }).click();
  await dialog.getByText("It is shown only now. It works once, for 7 days").waitFor();
  const link = await dialog.getByLabel("Invitation link").inputValue();
  await dialog.getByRole("button", { name: "Done" }).click();
  return link;
}

async function accept(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByRole("heading", { name: "Join Acme Events", level: 1 }).waitFor();
  await page.getByLabel("Your name").fill("Ann Lee");
  await page.getByLabel("Password").fill(REP.password);
  await page.getByRole("button", { name: "Join Acme Events" }).click();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
}

/** An admin and a rep, each in their own browser. */
export async function two(kit: Kit): Promise<{ server: Server; admin: Page; rep: Page }> {
  const { server, page: admin } = await ready(kit);
  const link = await invite(admin, server, REP.email);
  const rep = await kit.page();
  await accept(rep, link);
  return { server, admin, rep };
}

/** Tries to sign in and waits for the refusal. */
export async function refused(page: Page, server: Server, login: Login): Promise<string> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("E-mail").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  const alert = page.getByRole("alert");
  await alert.waitFor();
  return (await alert.textContent()) ?? "";
}

export const atLogin = (page: Page) => page.getByRole("heading", { name: "Sign in", level: 1 }).waitFor();

/** Founds one more workspace on the command line, beside the running server. */
export function found(server: Server, admin: Login, workspace: string): void {
  const args = ["admin", "create", "--email", admin.email, "--workspace", workspace];
  const made = spawnSync(binary(), [...args, "--data-dir", server.data], {
    input: `${admin.password}\n`,
    encoding: "utf8",
  });
  check(made.status === 0, `The workspace was not made: ${made.stderr}`);
}

/** Sends something to the server as the page would. */
export const send = (page: Page, method: string, path: string, body: unknown) =>
  page.evaluate(
    async ([verb, to, what]) => {
      const { token } = (await (await fetch("/api/csrf-token")).json()) as { token: string };
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
      const answer = await fetch(to, { method: verb, headers, body: what });
      if (!answer.ok) throw new Error(`${verb} ${to}: ${await answer.text()}`);
      return (await answer.json()) as { id: string };
    },
    [method, path, JSON.stringify(body)] as const,
  );
