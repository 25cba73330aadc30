import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { beside, check, ISSUER, type Kit, type Server, signIn, type Test, until } from "./kit.ts";
import { ADMIN, atLogin, invite, open, REP, setUp } from "./people.ts";

/** Signing in with Google. A real OpenID provider stands for it, at another site than ours. */

const PROGRAM = "OVERTURE_TEST_OIDC";

/** A server whose people sign in with an account of the issuer; none, said aloud, where there is no issuer. */
async function withGoogle(kit: Kit): Promise<{ server: Server; issuer: string } | null> {
  const program = process.env[PROGRAM];
  if (!program) {
    check(process.env.CI !== "true", `${PROGRAM} must be set in CI: nothing may be skipped there`);
    console.log(`SKIPPED: ${PROGRAM} is not set, so signing in with Google was not tested in the browser`);
    return null;
  }
  const child = beside(program, ["--port", "0", "--host", "127.0.0.1"]);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const port = await until("the issuer to listen", 30_000, async () => {
    return /running on http:\/\/[\d.]+:(\d+)/.exec(said)?.[1] ?? null;
  });
  const issuer = `http://${ISSUER}:${port}`;
  const server = await kit.fresh({
    OVERTURE_GOOGLE__ISSUER: issuer,
    OVERTURE_GOOGLE__CLIENT_ID: "overture",
    OVERTURE_GOOGLE__CLIENT_SECRET: "hush",
  });
  return { server, issuer };
}

async function account(issuer: string, subject: string, email: string): Promise<void> {
  const claims = { email, email_verified: true, name: "Ann Elsewhere" };
  const made = await fetch(`${issuer}/users/${subject}`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(claims),
  });
  check(made.ok, `The account was not made: ${await made.text()}`);
}

/** Lets the issuer's own page, which wants a style from the internet, be one button that says yes. */
async function consent(page: Page, issuer: string, subject: string): Promise<void> {
  await page.unrouteAll();
  await page.route(`${issuer}/oauth2/authorize*`, (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const body = `<!doctype html><title>Issuer</title><form method="post"><button name="sub" value="${subject}">Yes</button></form>`;
    return route.fulfill({ contentType: "text/html", body });
  });
}

async function sayYes(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Yes" }).click();
}

const atHome = (page: Page) => page.getByRole("heading", { name: "Home", level: 1 }).waitFor();

export const tests: Test[] = [
  {
    name: "a Google account is connected under Security, and signs in from then on",
    async run(kit) {
      const made = await withGoogle(kit);
      if (!made) return;
      const { server, issuer } = made;
      await account(issuer, "rita", ADMIN.email);
      await account(issuer, "thief", ADMIN.email);
      const page = await kit.page();
      await setUp(page, server);
      const problems: string[] = [];

      const other = await kit.page();
      await consent(other, issuer, "rita");
      await other.goto(`${server.address}/login?next=/settings/team`);
      await other.getByRole("button", { name: "Continue with Google" }).waitFor();
      await judge(other, "sign in", problems);
      await other.getByRole("button", { name: "Continue with Google" }).click();
      await sayYes(other);
      await other.getByText("Nobody here has connected this Google account.").waitFor();
      await atLogin(other);
      await judge(other, "not connected", problems);

      await consent(page, issuer, "rita");
      await open(page, server, "/settings/security");
      await page.getByRole("button", { name: "Connect" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      await sayYes(page);
      // Still signed in: the session's cookies are there again once we lead on by ourselves.
      await page.getByText("Connected. From now on you can sign in with it.").waitFor();
      await judge(page, "connected", problems);

      await other.getByRole("button", { name: "Continue with Google" }).click();
      await sayYes(other);
      await other.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
      check(new URL(other.url()).pathname === "/settings/team", `It led to ${other.url()}.`);
      const thief = await kit.page();
      await consent(thief, issuer, "thief");
      await thief.goto(`${server.address}/login`);
      await thief.getByRole("button", { name: "Continue with Google" }).click();
      await sayYes(thief);
      await thief.getByText("Nobody here has connected this Google account.").waitFor();

      await open(page, server, "/settings/security");
      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      await page.getByText("Google is disconnected.").waitFor();
      check(problems.length === 0, problems.join("; "));
    },
  },
  {
    name: "who is invited joins with Google, and chooses a password later",
    async run(kit) {
      const made = await withGoogle(kit);
      if (!made) return;
      const { server, issuer } = made;
      await account(issuer, "ann", REP.email);
      await account(issuer, "ole", "ole@nordic.example");
      const admin = await kit.page();
      await setUp(admin, server);
      const link = await invite(admin, server, REP.email);
      const page = await kit.page();
      await consent(page, issuer, "ole");
      await page.goto(link);
      await page.getByRole("button", { name: "Join with Google" }).click();
      await sayYes(page);
      await page.getByText("another e-mail address than the one that is expected").waitFor();
      check(!page.url().includes("#"), `The address still shows the token: ${page.url()}`);
      await consent(page, issuer, "ann");
      await page.getByRole("button", { name: "Join with Google" }).click();
      await sayYes(page);
      await atHome(page);
      await open(page, server, "/settings/profile");
      await page.getByLabel("New password").fill(REP.password);
      await page.getByRole("button", { name: "Choose a password" }).click();
      await page.getByText("Your password is changed.").waitFor();
      await page.getByLabel("Current password").waitFor();
      await signIn(await kit.page(), server, REP);
    },
  },
];
