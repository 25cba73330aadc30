import type { CDPSession, Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, ISSUER, type Kit, type Server, signIn, type Test, until } from "./kit.ts";
import { ADMIN, atLogin, open, ready } from "./people.ts";
import { code } from "./totp.ts";

/** Passkeys, with the browser's own stand-in for a device that knows its owner. */

/** Passkeys want a name: the same server, by the name of this machine. */
async function named(kit: Kit): Promise<{ server: Server; page: Page }> {
  const { server, page } = await ready(kit);
  await open(page, server, "/settings/security");
  await page.getByRole("heading", { name: "Two-step sign-in" }).waitFor();
  check((await page.getByText("Passkeys").count()) === 0, "An address without a name offers passkeys.");
  await page.close();
  const address = server.address.replace("127.0.0.1", ISSUER);
  await server.kill();
  await server.restart({ OVERTURE_SERVER__PUBLIC_URL: address });
  const byName = { ...server, address };
  const fresh = await kit.page();
  await signIn(fresh, byName, ADMIN);
  return { server: byName, page: fresh };
}

/** A device of whoever sits at this page. */
async function device(page: Page): Promise<{ cdp: CDPSession; id: string }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, id: authenticatorId };
}

async function add(page: Page, server: Server, name: string, problems: string[] = []): Promise<void> {
  await open(page, server, "/settings/security");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Your password").fill(ADMIN.password);
  await page.keyboard.press("Enter");
  await page.getByLabel("Name", { exact: true }).waitFor();
  await judge(page, "name of a passkey", problems);
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.getByText("The passkey is added.").waitFor();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Rita Rep/ }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await atLogin(page);
}

const atHome = (page: Page) => page.getByRole("heading", { name: "Home", level: 1 }).waitFor();

export const tests: Test[] = [
  {
    name: "a passkey is added, signs in without a password, and is removed",
    async run(kit) {
      const { server, page } = await named(kit);
      const { cdp, id } = await device(page);
      const problems: string[] = [];
      await add(page, server, "Work laptop", problems);
      await page.getByText("Not used yet").waitFor();
      await judge(page, "passkeys", problems);
      await signOut(page);
      await page.getByRole("button", { name: "Sign in with a passkey" }).waitFor();
      await judge(page, "sign in", problems);

      // A device that does not make sure who holds it is not enough.
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("No passkey was chosen.").waitFor();
      await cdp.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: true });
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await atHome(page);

      await open(page, server, "/settings/security");
      await page.getByText("Used just now").waitFor();
      await page.getByRole("button", { name: "Remove Work laptop" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      await page.getByText("Work laptop is removed.").waitFor();
      await signOut(page);
      await page.getByRole("button", { name: "Sign in with a passkey" }).click();
      await page.getByText("This passkey was not accepted.").waitFor();
      check(problems.length === 0, problems.join("; "));
    },
  },
  {
    name: "a passkey takes the place of the code at the second step",
    async run(kit) {
      const { server, page } = await named(kit);
      await device(page);
      await add(page, server, "Phone");
      await page.getByRole("button", { name: "Set up" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      const key = page.locator(".enrol-key");
      const secret = await until("the key", 10_000, async () => key.textContent({ timeout: 5000 }));
      await page.getByLabel("Code that the app shows").fill(code(secret.replaceAll(" ", "")));
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "I have kept them" }).click();
      await signOut(page);
      await page.getByLabel("E-mail").fill(ADMIN.email);
      await page.getByLabel("Password").fill(ADMIN.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await atHome(page);
    },
  },
];
