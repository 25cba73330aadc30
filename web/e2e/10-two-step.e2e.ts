import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, DESKTOP, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { ADMIN, atLogin, line, open, REP, ready, two } from "./people.ts";
import { code, wrong } from "./totp.ts";

/** Two-step sign-in: how it is set up, asked for, and got around with a recovery code. */

const invalid = (page: Page, label: string) =>
  until(`an error at ${label}`, 5000, async () =>
    (await page.getByLabel(label, { exact: true }).getAttribute("aria-invalid")) === "true" ? true : null,
  );

/** Sets it up for whoever is signed in; the secret and the recovery codes. */
async function setUp(page: Page, server: Server, password: string, problems: string[] = []) {
  await open(page, server, "/settings/security");
  await page.getByRole("button", { name: "Set up" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Your password").fill("not my password");
  await page.keyboard.press("Enter");
  await invalid(page, "Your password");
  await judge(page, "password again", problems);
  await dialog.getByLabel("Your password").fill(password);
  await page.keyboard.press("Enter");
  await dialog.getByRole("img", { name: "QR code for your authenticator app" }).waitFor();
  const secret = ((await dialog.locator(".enrol-key").textContent()) ?? "").replaceAll(" ", "");
  check(secret.length === 32, `The key is ${secret}.`);
  await judge(page, "set up", problems);
  const field = dialog.getByLabel("Code that the app shows");
  await page.keyboard.type(wrong(secret));
  await page.keyboard.press("Enter");
  await invalid(page, "Code that the app shows");
  await field.fill(code(secret));
  await page.keyboard.press("Enter");
  await dialog.getByText("They are shown only now.").waitFor();
  const copy = dialog.getByRole("button", { name: "Copy" });
  check(await copy.evaluate((button) => button === document.activeElement), "What comes next has no focus.");
  const codes = await dialog.locator(".codes li").allTextContents();
  check(new Set(codes).size === 10, `There are ${codes.length} recovery codes.`);
  await judge(page, "recovery codes", problems);
  const downloading = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Download" }).click();
  const file = await (await downloading).path();
  const kept = readFileSync(file, "utf8");
  check(
    codes.every((one) => kept.includes(one)),
    `The file lacks a code: ${kept}`,
  );
  await dialog.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("10 recovery codes left").waitFor();
  return { secret, codes };
}

/** Types e-mail and password, and arrives at the second step. */
async function firstStep(page: Page, server: Server, login: typeof ADMIN): Promise<void> {
  await page.goto(`${server.address}/login`);
  await page.getByLabel("E-mail").fill(login.email);
  await page.getByLabel("Password").fill(login.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "One more step", level: 1 }).waitFor();
}

const atHome = (page: Page) => page.getByRole("heading", { name: "Home", level: 1 }).waitFor();

export const tests: Test[] = [
  ...[
    { size: "desktop", options: DESKTOP },
    { size: "390 px", options: PHONE },
  ].map(({ size, options }) => ({
    name: `a second step is set up, asked for and got around with a recovery code, on ${size}`,
    async run(kit: Parameters<Test["run"]>[0]) {
      const { server, page: first } = await ready(kit);
      const page = await kit.page(options);
      await signIn(page, server, ADMIN);
      await first.close();
      const problems: string[] = [];
      const { secret, codes } = await setUp(page, server, ADMIN.password, problems);
      await judge(page, "security, on", problems);

      const other = await kit.page(options);
      await firstStep(other, server, ADMIN);
      check(
        await other.getByLabel("Code", { exact: true }).evaluate((field) => field === document.activeElement),
        "The code cannot be typed at once.",
      );
      await judge(other, "second step", problems);
      // The password alone opens nothing.
      const peek = await other.context().newPage();
      await peek.goto(`${server.address}/contacts`);
      await atLogin(peek);
      await peek.close();
      await other.keyboard.type(wrong(secret));
      await other.keyboard.press("Enter");
      await invalid(other, "Code");
      await other.getByLabel("Code", { exact: true }).fill(code(secret, 1));
      await other.keyboard.press("Enter");
      await atHome(other);

      const third = await kit.page(options);
      await firstStep(third, server, ADMIN);
      await third.getByRole("button", { name: "Use a recovery code" }).click();
      await third.getByLabel("Recovery code").waitFor();
      await judge(third, "recovery", problems);
      await third.keyboard.type((codes[0] ?? "").toUpperCase());
      await third.keyboard.press("Enter");
      await atHome(third);

      await open(page, server, "/settings/security");
      await page.getByText("9 recovery codes left").waitFor();
      await page.getByRole("button", { name: "New recovery codes" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "I have kept them" }).click();
      await page.getByText("10 recovery codes left").waitFor();
      await page.getByRole("button", { name: "Switch off" }).click();
      await page.getByLabel("Your password").fill(ADMIN.password);
      await page.keyboard.press("Enter");
      await page.getByText("Two-step sign-in is off.").waitFor();
      await page.getByRole("button", { name: "Set up" }).waitFor();
      await signIn(await kit.page(options), server, ADMIN);
      check(problems.length === 0, problems.join("; "));
    },
  })),
  {
    name: "five wrong codes lead back to the beginning, and an admin lets a rep in again",
    async run(kit) {
      const { server, admin, rep } = await two(kit);
      const { secret } = await setUp(rep, server, REP.password);
      const page = await kit.page();
      await firstStep(page, server, REP);
      for (let tries = 0; tries < 5; tries += 1) {
        const answered = page.waitForResponse("**/api/auth/second-factor");
        await page.getByLabel("Code", { exact: true }).fill(wrong(secret));
        await page.keyboard.press("Enter");
        await answered;
      }
      await page.getByText("too many codes were wrong").waitFor();
      await page.getByRole("button", { name: "Begin again" }).click();
      await atLogin(page);

      await open(admin, server, "/settings/team");
      await line(admin, "Ann Lee").getByText("Two-step").waitFor();
      await admin.getByRole("button", { name: "Edit Ann Lee" }).click();
      await admin.getByRole("button", { name: "Reset two-step sign-in" }).click();
      const problems: string[] = [];
      await judge(admin, "reset", problems);
      await admin.getByRole("button", { name: "Yes, reset it" }).click();
      await admin.getByText("signs in with their password alone").waitFor();
      await signIn(page, server, REP);
      check(problems.length === 0, problems.join("; "));
    },
  },
];
