import { judge } from "./axe.ts";
import { check, signIn, type Test, until } from "./kit.ts";
import { ADMIN, atLogin, found, invite, line, open, ready, refused } from "./people.ts";

/** Passwords and sessions: how they change, end and run out. */

const OTHER = { email: "ole@nordic.example", password: "green apple ladder" };
const NEW_PASSWORD = "an entirely new secret";

/** Answers as a server does whose sessions have run out. */
const EXPIRED = {
  status: 401,
  contentType: "application/json",
  body: JSON.stringify({
    success: false,
    error: { code: 1001, name: "session.expired", message: "Your session has expired. Please log in again" },
  }),
};

export const tests: Test[] = [
  {
    name: "a new password replaces the old one and ends the other sessions",
    async run(kit) {
      const { server, page } = await ready(kit);
      const other = await kit.page();
      await signIn(other, server, ADMIN);
      await open(page, server, "/settings/profile");
      await page.getByLabel("Name", { exact: true }).fill("Rita Regent");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Rita Regent" }).waitFor();

      const change = async (current: string, password: string) => {
        await page.getByLabel("Current password").fill(current);
        await page.getByLabel("New password").fill(password);
        await page.getByRole("button", { name: "Change the password" }).click();
      };
      const wrong = (label: string) =>
        until(`an error at ${label}`, 5000, async () =>
          (await page.getByLabel(label).getAttribute("aria-invalid")) === "true" ? true : null,
        );
      await change("not my password", NEW_PASSWORD);
      await wrong("Current password");
      await change(ADMIN.password, "short");
      await wrong("New password");
      await change(ADMIN.password, NEW_PASSWORD);
      await page.getByText("Your password is changed.").waitFor();
      await other.goto(`${server.address}/contacts`);
      await atLogin(other);
      await refused(other, server, ADMIN);
      await signIn(other, server, { ...ADMIN, password: NEW_PASSWORD });
      await open(page, server, "/settings/security");
      await page.getByText("2 sessions").waitFor();
    },
  },
  {
    name: "one session is ended from another, and signing out everywhere ends them all",
    async run(kit) {
      const { server, page } = await ready(kit);
      const [second, third] = [await kit.page(), await kit.page()];
      await signIn(second, server, ADMIN);
      await open(page, server, "/settings/security");
      const sessions = page.locator(".session");
      check((await sessions.count()) === 2, `There are ${await sessions.count()} sessions.`);
      await sessions
        .filter({ hasText: "This one" })
        .getByText(/Chrome|Chromium/)
        .waitFor();
      await sessions.filter({ hasNotText: "This one" }).getByRole("button").click();
      await page.getByText("1 session", { exact: true }).waitFor();
      await second.goto(`${server.address}/inbox/open`);
      await atLogin(second);

      await signIn(third, server, ADMIN);
      await page.getByRole("button", { name: "Sign out everywhere" }).click();
      await page.getByRole("button", { name: "End all sessions" }).click();
      await atLogin(page);
      await third.goto(`${server.address}/contacts`);
      await atLogin(third);
      await page.goto(`${server.address}/settings/security`);
      await atLogin(page);
    },
  },
  {
    name: "a session that ran out is renewed unseen, and one that is over leads back to where it was",
    async run(kit) {
      const { server, page } = await ready(kit);
      let renewals = 0;
      page.on("request", (request) => {
        if (request.url().endsWith("/api/auth/refresh")) renewals += 1;
      });
      for (const path of ["**/api/members", "**/api/invitations"])
        await page.route(path, (route) => route.fulfill(EXPIRED), { times: 1 });
      await open(page, server, "/settings/team");
      await line(page, "Rita Rep").waitFor();
      check(renewals === 1, `The session was renewed ${renewals} times for two requests.`);

      await page.route("**/api/**", (route) => route.fulfill(EXPIRED));
      await page.goto(`${server.address}/settings/team?invite=1`);
      await page.getByText("Your session has expired. Sign in again.").waitFor();
      await page.unroute("**/api/**");
      await page.getByLabel("E-mail").fill(ADMIN.email);
      await page.getByLabel("Password").fill(ADMIN.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("dialog").getByText("Invite a colleague").waitFor();
    },
  },
  {
    name: "who is in two workspaces goes from one to the other, and their other tabs go along",
    async run(kit) {
      const { server, page } = await ready(kit);
      found(server, OTHER, "Nordic Hiring");
      const boss = await kit.page();
      await signIn(boss, server, OTHER);
      await page.goto(await invite(boss, server, ADMIN.email));
      await page.getByText("You have an account already").waitFor();
      await page.getByLabel("Password").fill("not my password");
      await page.getByRole("button", { name: "Join Nordic Hiring" }).click();
      await page.locator(".field-error").waitFor();
      await page.getByLabel("Password").fill(ADMIN.password);
      await page.getByRole("button", { name: "Join Nordic Hiring" }).click();
      const account = page.getByRole("button", { name: /^Rita Rep/ });
      await account.getByText("Nordic Hiring").waitFor();

      const tab = await page.context().newPage();
      await open(tab, server, "/settings/workspace");
      // An admin's field, and what a rep reads instead.
      const field = tab.getByLabel("Name", { exact: true });
      const fact = tab.locator("dl.facts dd").first();
      const name = async () => {
        await field.or(fact).first().waitFor();
        return (await field.count()) > 0 ? field.inputValue() : ((await fact.textContent()) ?? "");
      };
      check((await name()) === "Nordic Hiring", `The other tab is in ${await name()}.`);
      await account.click();
      const problems: string[] = [];
      await judge(page, "account menu", problems);
      check(problems.length === 0, problems.join("; "));
      await page.getByRole("button", { name: /^Acme Events/ }).click();
      await account.getByText("Acme Events").waitFor();
      await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
      await page.locator(".rail").getByText("Live updates").waitFor();
      await until("the other tab to follow", 5000, async () => (await name()) === "Acme Events");
      await page.keyboard.press("Control+k");
      await page.keyboard.type("switch to nordic");
      await page.keyboard.press("Enter");
      await account.getByText("Nordic Hiring").waitFor();
    },
  },
  {
    name: "too many wrong passwords have to wait, with what was typed still there",
    async run(kit) {
      const { server, page: admin } = await ready(kit);
      await admin.close();
      const page = await kit.page();
      await page.goto(`${server.address}/login`);
      await page.getByLabel("E-mail").fill(ADMIN.email);
      const submit = page.getByRole("button", { name: "Sign in", exact: true });
      await until("the login to be throttled", 60_000, async () => {
        await page.getByLabel("Password").fill("wrong password");
        const answered = page.waitForResponse("**/api/auth/login");
        await submit.click();
        return (await answered).status() === 429;
      });
      await page
        .getByRole("alert")
        .getByText(/Try again in \d+ seconds?/)
        .last()
        .waitFor();
      check(await submit.isDisabled(), "It can be pressed while it is to wait.");
      check((await page.getByLabel("E-mail").inputValue()) === ADMIN.email, "The e-mail was lost.");
      check((await page.getByLabel("Password").inputValue()) !== "", "The password was lost.");
    },
  },
];
