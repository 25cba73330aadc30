import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";

/** Starting the real server and the real browser, and waiting for what a person would wait for. */

export const WEB = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const OUTPUT = join(WEB, "e2e", ".output");

export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

export type Login = { email: string; password: string };
export type Server = {
  address: string;
  /** Its data folder, for commands beside it. */
  data: string;
  login: Login;
  /** Where the stand-in for the outside world listens, over HTTP and SMTP. */
  sandbox: string;
  sandboxSmtp: string;
  /** The one-time link of an installation without an admin. */
  setupUrl: string;
  /** When it printed its address, in milliseconds. */
  readyAt: number;
  /** As a power cut for the process: no signal handler runs. */
  kill: () => Promise<void>;
  /** Starts it again on the same data and the same address, with more settings. */
  restart: (settings?: Settings) => Promise<void>;
};

/** Configuration by environment variables, such as `OVERTURE_GOOGLE__ISSUER`. */
export type Settings = Record<string, string>;

export type Kit = {
  server: () => Promise<Server>;
  /** `overture serve` on an empty folder, for this test alone. */
  fresh: (settings?: Settings) => Promise<Server>;
  /** A demo for this test alone, with these settings in its environment. */
  demo: (settings: Record<string, string>) => Promise<Server>;
  page: (options?: BrowserContextOptions) => Promise<Page>;
};
export type Test = { name: string; run: (kit: Kit) => Promise<void> };

/** The only other site there is: where an OpenID provider on this machine stands for Google. */
export const ISSUER = "localhost";

const children = new Set<ChildProcess>();
const folders = new Set<string>();

/** Ends what was started here, and nothing else. */
export function stopAll(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  children.clear();
  folders.clear();
}

/** A program beside the server, ended with it. */
export function beside(program: string, flags: string[]): ChildProcess {
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"] });
  children.add(child);
  return child;
}

export function binary(): string {
  const named = process.env.OVERTURE_BIN;
  if (named) return resolve(named);
  const built = ["release", "debug"].map((kind) => resolve(WEB, "..", "target", kind, "overture"));
  const found = built.find((path) => existsSync(path));
  if (!found) throw new Error("No overture binary. Build it, or name it in OVERTURE_BIN.");
  return found;
}

type Line = {
  address: string;
  login: Login | null;
  sandbox: string;
  sandbox_smtp: string;
  setup_url: string | null;
};
type Command = "demo" | "serve";

async function launch(
  command: Command,
  folder: string,
  listen: string,
  speed: number,
  settings: Settings,
): Promise<{ child: ChildProcess; line: Line }> {
  const port = join(folder, "port");
  rmSync(port, { force: true });
  const data = join(folder, "data");
  const flags = [
    "--listen",
    listen,
    "--port-file",
    port,
    "--json",
    "--data-dir",
    data,
    "--speed",
    String(speed),
  ];
  const child = spawn(binary(), [command, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...settings },
  });
  children.add(child);
  let out = "";
  let problems = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    problems = (problems + chunk.toString()).slice(-4000);
  });
  const line = await until("the server to print its address", 30_000, () => {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}: ${problems}`);
    const text = out.split("\n").find((part) => part.startsWith("{"));
    return Promise.resolve(text === undefined ? null : (JSON.parse(text) as Line));
  });
  await until("the port file", 5000, () =>
    Promise.resolve(existsSync(port) ? readFileSync(port, "utf8").trim() || null : null),
  );
  return { child, line };
}

async function startServer(command: Command, speed: number, settings: Settings = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "overture-e2e-"));
  folders.add(folder);
  let { child, line } = await launch(command, folder, "127.0.0.1:0", speed, settings);
  const server: Server = {
    address: line.address,
    data: join(folder, "data"),
    login: line.login ?? { email: "", password: "" },
    sandbox: line.sandbox,
    sandboxSmtp: line.sandbox_smtp,
    setupUrl: line.setup_url ?? "",
    readyAt: Date.now(),
    async kill() {
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      await gone;
      children.delete(child);
    },
    async restart(more = {}) {
      ({ child, line } = await launch(command, folder, new URL(server.address).host, speed, {
        ...settings,
        ...more,
      }));
      server.sandbox = line.sandbox;
      server.sandboxSmtp = line.sandbox_smtp;
    },
  };
  return server;
}

/** Asks again until the answer is there; the error says what was waited for. */
export async function until<T>(
  what: string,
  ms: number,
  ask: () => Promise<T | null | false | undefined>,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Waited ${Math.round(ms / 1000)} s for ${what}.`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

export function check(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Signs in through the form and waits for the home page. */
export async function signIn(page: Page, server: Server, login: Login = server.login): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("E-mail").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
}

/** The number in the tile of this name. */
export async function tile(page: Page, label: string): Promise<number> {
  const box = page.locator(".tile").filter({ has: page.getByText(label, { exact: true }) });
  const text = await box.locator(".tile-value").first().textContent();
  return Number((text ?? "").replaceAll(",", ""));
}

/** Asks the outside world for something: a fault, or a person who writes. */
export async function order(server: Server, path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${server.sandbox}/_sandbox/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  check(answer.ok, `The sandbox refused ${path}: ${await answer.text()}`);
}

type Listed = { data: { id: string; address: string }[] };

/** The mailbox of the demo; the page must be signed in. */
export async function mailbox(page: Page): Promise<{ id: string; address: string }> {
  const senders = await page.evaluate(async () => (await fetch("/api/senders")).json() as Promise<Listed>);
  const found = senders.data.find((sender) => sender.address.includes("@"));
  check(found !== undefined, "There is no mailbox.");
  return found;
}

/** Hands the server a raw mail as the mail service of the demo does, signed with its secret. */
export async function deliver(server: Server, to: { id: string }, raw: string): Promise<void> {
  const signature = createHmac("sha256", "sandbox-email-secret").update(raw).digest("hex");
  const posted = await fetch(`${server.address}/webhooks/email?sender=${to.id}`, {
    method: "POST",
    headers: { "X-Overture-Signature": `sha256=${signature}`, "Content-Type": "message/rfc822" },
    body: raw,
  });
  check(posted.ok, `The webhook answered ${posted.status}.`);
}

/** A mail that nothing can be made of: it comes from our own address. */
export async function deadLetter(server: Server, own: { id: string; address: string }): Promise<void> {
  const raw = `From: ${own.address}\r\nTo: ${own.address}\r\nMessage-ID: <loop@own.example>\r\nSubject: Hello\r\n\r\nHello me\r\n`;
  await deliver(server, own, raw);
}

/** The part of the page in front of the reader; on a phone there are two navigations. */
export const main = (page: Page) => page.locator("main");

/** Runs the tests of one file on one server, whose clock goes `speed` times as fast as the wall's. */
export async function runFile(
  file: string,
  tests: readonly Test[],
  speed: number,
): Promise<{ passed: number; failed: number }> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  let server: Promise<Server> | null = null;
  let passed = 0;
  let failed = 0;
  try {
    for (const test of tests) {
      const started = Date.now();
      const opened: { page: Page; context: BrowserContext; strays: string[] }[] = [];
      const kit: Kit = {
        server: () => {
          server ??= startServer("demo", speed);
          return server;
        },
        fresh: (settings) => startServer("serve", 1, settings),
        demo: (settings) => startServer("demo", speed, settings),
        page: async (options = DESKTOP) => {
          const view = await openPage(browser, options);
          opened.push(view);
          return view.page;
        },
      };
      try {
        await test.run(kit);
        const strays = opened.flatMap((view) => view.strays);
        check(strays.length === 0, `The page asked for or broke something: ${strays.join("; ")}`);
        passed += 1;
        console.log(`ok    ${file}  ${test.name}  (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed += 1;
        console.log(
          `FAIL  ${file}  ${test.name}\n      ${error instanceof Error ? error.message : String(error)}`,
        );
        const name = `${file}-${test.name}`.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 80);
        for (const [index, view] of opened.entries()) {
          const picture = join(OUTPUT, `${name}-${index}.png`);
          await view.page.screenshot({ path: picture }).then(
            () => console.log(`      ${picture}`),
            (problem: unknown) => console.log(`      no picture: ${String(problem)}`),
          );
        }
      }
      for (const view of opened) await view.context.close();
    }
  } finally {
    await browser.close();
    stopAll();
  }
  return { passed, failed };
}

/** A page that remembers everything it must not do: other origins, broken scripts, policy violations. */
async function openPage(browser: Browser, options: BrowserContextOptions) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const strays: string[] = [];
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && hostname !== "127.0.0.1" && hostname !== ISSUER)
      strays.push(`request to ${request.url()}`);
  });
  page.on("pageerror", (error) => strays.push(`script error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && message.text().includes("Content Security Policy"))
      strays.push(message.text());
  });
  return { page, context, strays };
}
