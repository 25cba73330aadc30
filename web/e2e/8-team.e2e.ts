import { judge, settle } from "./axe.ts";
import { check, DESKTOP, type Kit, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, atLogin, invite, line, open, REP, ready, refused, two } from "./people.ts";

/** Several people in one workspace: how they come in, what they may do, and how they are out again. */

const sizes = [
  ["desktop", DESKTOP],
  ["390 px", PHONE],
] as const;

export const tests: Test[] = [
  {
    name: "an invited rep comes in by a link that works once, and reads the team without changing it",
    async run(kit) {
      const { server, page: admin } = await ready(kit);
      await open(admin, server, "/settings/team");
      await admin.getByText("Only you so far.").waitFor();
      await admin.getByRole("button", { name: "Invite your first colleague" }).click();
      await admin.getByRole("dialog").getByLabel("E-mail").waitFor();
      await admin.keyboard.press("Escape");
      const link = await invite(admin, server, REP.email);
      check(new URL(link).hash.length > 20, `The token is not in the fragment: ${link}`);
      await line(admin, REP.email).getByText("Good for 7 days").waitFor();

      const rep = await kit.page();
      await rep.goto(link);
      await rep.getByText("Rita Rep invited you as a rep.").waitFor();
      check(!rep.url().includes("#"), `The address still shows the token: ${rep.url()}`);
      check((await rep.getByLabel("E-mail").inputValue()) === REP.email, "The invited address is not there.");
      await rep.getByLabel("Your name").fill("Ann Lee");
      check((await rep.getByLabel("Handle").inputValue()) === "annlee", "No handle is suggested.");
      await rep.getByLabel("Password").fill("short");
      await rep.getByRole("button", { name: "Join Acme Events" }).click();
      await rep.locator(".field-error").waitFor();
      await rep.getByLabel("Password").fill(REP.password);
      await rep.getByRole("button", { name: "Join Acme Events" }).click();
      await rep.getByRole("heading", { name: "Home", level: 1 }).waitFor();

      await rep.getByRole("button", { name: "Ann Lee" }).click();
      await rep.locator(".user-pop").getByText("Acme Events").waitFor();
      await rep.getByRole("button", { name: "Sign out" }).click();
      await atLogin(rep);
      check((await rep.getByText("Your session has expired").count()) === 0, "Signing out is no expiry.");
      await signIn(rep, server, REP);
      await open(rep, server, "/settings/team");
      await line(rep, "Rita Rep").getByText("Admin").waitFor();
      await line(rep, "Ann Lee").getByText("You").waitFor();
      check((await main(rep).getByRole("button").count()) === 0, "A rep can press something on the team.");

      const stranger = await kit.page();
      await stranger.goto(link);
      await stranger.getByRole("heading", { name: "This invitation is not valid any more" }).waitFor();
      await open(admin, server, "/settings/team");
      await line(admin, "Ann Lee").getByText("Rep", { exact: true }).waitFor();
      check((await admin.getByText("Open invitations").count()) === 0, "A used invitation is still open.");
    },
  },
  {
    name: "a withdrawn invitation opens nothing",
    async run(kit) {
      const { server, page } = await ready(kit);
      const link = await invite(page, server, "late@acme.example");
      await invite(page, server, "second@acme.example");
      await page.getByRole("button", { name: "Withdraw the invitation for late@acme.example" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("This cannot be undone").waitFor();
      await page.keyboard.press("Escape");
      check((await page.getByText("Withdraw", { exact: true }).count()) === 2, "It was not asked first.");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Withdraw it" }).press("Enter");
      await line(page, "late@acme.example").waitFor({ state: "detached" });
      const place = await page.evaluate(() => document.activeElement?.closest("section")?.textContent);
      check(place?.includes("Open invitations") === true, `The line took the focus with it, to ${place}.`);
      const late = await kit.page();
      await late.goto(link);
      await late.getByText("Ask whoever sent it for a new one.").waitFor();
      await late.getByRole("link", { name: "Sign in" }).click();
      await atLogin(late);
    },
  },
  {
    name: "who is disabled is out at once and stays out, until they are enabled again",
    async run(kit) {
      const { server, admin, rep } = await two(kit);
      await rep.locator(".rail").getByText("Live updates").waitFor();
      await open(admin, server, "/settings/team");
      await admin.getByRole("button", { name: "Disable Ann Lee" }).click();
      const dialog = admin.getByRole("dialog");
      await dialog.getByText("All their sessions end at once").waitFor();
      await dialog.getByText(/contacts, campaigns and conversations stay/).waitFor();
      await dialog.getByRole("button", { name: "Disable" }).click();
      await line(admin, "Ann Lee").getByText("Disabled").waitFor();
      await atLogin(rep);
      await refused(rep, server, REP);
      check(new URL(rep.url()).pathname === "/login", `The rep is at ${rep.url()}.`);

      await admin.getByRole("button", { name: "Enable Ann Lee" }).click();
      await dialog.getByRole("button", { name: "Enable" }).click();
      await line(admin, "Ann Lee").getByText("Disabled").waitFor({ state: "detached" });
      await signIn(rep, server, REP);
    },
  },
  {
    name: "roles and handles are changed, and the last admin stays one",
    async run(kit) {
      const { server, admin } = await two(kit);
      const dialog = admin.getByRole("dialog");
      const edit = async (who: string, role: RegExp) => {
        await admin.getByRole("button", { name: `Edit ${who}` }).click();
        await dialog.getByRole("radio", { name: role }).check();
      };
      await open(admin, server, "/settings/team");
      await edit("Rita Rep", /^Rep/);
      await dialog.getByText("only another admin can make you one again").waitFor();
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByRole("alert").filter({ hasText: "This is the last admin." }).waitFor();
      await admin.keyboard.press("Escape");
      await admin.getByRole("button", { name: "Disable Rita Rep" }).click();
      await dialog.getByRole("button", { name: "Disable" }).click();
      await dialog.getByRole("alert").filter({ hasText: "This is the last admin." }).waitFor();
      await admin.keyboard.press("Escape");

      await edit("Ann Lee", /^Admin/);
      await dialog.getByLabel("Handle").fill("rita");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.locator(".field-error").waitFor();
      await dialog.getByLabel("Handle").fill("ann2");
      await dialog.getByRole("button", { name: "Save" }).click();
      await line(admin, "Ann Lee").getByText("Admin", { exact: true }).waitFor();
      await line(admin, "Ann Lee").getByText("ann2").waitFor();

      await edit("Rita Rep", /^Manager/);
      await dialog.getByRole("button", { name: "Save" }).click();
      await admin.getByText("Admins invite people").waitFor();
      check(
        (await main(admin).getByRole("button").count()) === 0,
        "Who is no admin can still change the team.",
      );
    },
  },
  ...sizes.map(([size, options]) => ({
    name: `axe finds nothing on the pages of people and sessions, light and dark, ${size}`,
    async run(kit: Kit) {
      const { server, admin, rep } = await two(kit);
      await admin.close();
      const page = await kit.page(options);
      const problems: string[] = [];
      await signIn(page, server, ADMIN);
      const dialog = page.getByRole("dialog");
      await invite(page, server, "next@acme.example");
      await page.getByRole("button", { name: "Disable Ann Lee" }).click();
      await judge(page, "disable dialog", problems);
      await dialog.getByRole("button", { name: "Disable" }).click();
      await line(page, "Ann Lee").getByText("Disabled").waitFor();
      await atLogin(rep);
      await judge(page, "team", problems);
      await page.getByRole("button", { name: "Edit Rita Rep" }).click();
      await dialog.getByRole("radio", { name: /^Rep/ }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByRole("alert").waitFor();
      await judge(page, "edit dialog", problems);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Invite", exact: true }).click();
      await judge(page, "invite dialog", problems);
      await dialog.getByRole("button", { name: "Make the link" }).click();
      const link = await dialog.getByLabel("Invitation link").inputValue();
      await judge(page, "invitation link", problems);

      for (const path of ["/settings/profile", "/settings/security"]) {
        await open(page, server, path);
        await judge(page, path, problems);
      }
      await open(page, server, "/settings/profile");
      await page.getByLabel("Current password").fill("not my password");
      await page.getByLabel("New password").fill("an entirely new secret");
      await page.getByRole("button", { name: "Change the password" }).click();
      await page.locator(".field-error").waitFor();
      await judge(page, "a wrong password", problems);

      const guest = await kit.page(options);
      for (const address of [link, `${server.address}/invite#nothing`, `${server.address}/invite`]) {
        await guest.goto("about:blank");
        await guest.goto(address);
        await settle(guest);
        await judge(guest, address === link ? "invitation" : address, problems);
      }
      await refused(guest, server, REP);
      await judge(guest, "refused login", problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  })),
];
