import type { Page } from "playwright-core";
import { check, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, ready, setUp } from "./people.ts";

const toastOf = (page: Page, text: string | RegExp) => page.locator(".toast").filter({ hasText: text });

export const tests: Test[] = [
  {
    name: "the printed link makes the first admin once, and every page says what comes next",
    async run(kit) {
      const server = await kit.fresh();
      check(server.setupUrl.includes("/setup?token="), `No setup link was printed: ${server.setupUrl}`);
      const page = await kit.page(PHONE);
      await page.goto(`${server.address}/`);
      await page.getByText("Nobody has an account here yet").waitFor();

      await page.goto(`${server.setupUrl}x`);
      await page.getByLabel("Your name").fill("Somebody Else");
      await page.getByLabel("Workspace").fill("Theirs");
      await page.getByLabel("E-mail").fill("else@where.example");
      await page.getByLabel("Password").fill("a long password");
      await page.getByRole("button", { name: "Create the workspace" }).click();
      await page.getByRole("alert").filter({ hasText: "not valid any more" }).waitFor();

      await setUp(page, server);
      await page.getByText(/0 of 4 done/).waitFor();
      await page.getByText("Sandbox: messages reach no real person").waitFor();
      for (const [path, words, button] of [
        ["/contacts", "Bring your first contacts in.", "Import a file"],
        ["/campaigns", "No campaign yet.", "Pick a template"],
        ["/inbox/open", "Nothing here yet.", "Start a campaign"],
      ] as const) {
        await page.goto(server.address + path);
        const empty = page.locator(".empty").first();
        await empty.waitFor();
        check(((await empty.textContent()) ?? "").includes(words), `${path}: ${await empty.textContent()}`);
        await empty.getByRole("link", { name: button }).waitFor();
      }
      await page.goto(`${server.address}/settings/workspace`);
      check((await page.getByLabel("Time zone").inputValue()) === "Europe/Oslo", "The zone was lost.");

      const stranger = await kit.page();
      await stranger.goto(server.setupUrl);
      await stranger.getByRole("heading", { name: "Overture is set up" }).waitFor();
      await stranger.getByRole("link", { name: "Sign in" }).click();
      await stranger.getByLabel("E-mail").fill(ADMIN.email);
      await stranger.getByLabel("Password").fill("wrong password");
      await stranger.getByRole("button", { name: "Sign in" }).click();
      await stranger.getByRole("alert").filter({ hasText: "do not match" }).waitFor();
      await signIn(stranger, server, ADMIN);
    },
  },
  {
    name: "a mailbox and a number are added, tested in plain words, mended, limited and paused",
    async run(kit) {
      const { server, page } = await ready(kit);
      const [host = "", port = ""] = server.sandboxSmtp.split(":");
      await page.goto(`${server.address}/settings/senders`);
      const line = (address: string) => page.locator(".sender").filter({ hasText: address });

      await page.getByRole("button", { name: "Add a sender" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("E-mail address").fill("sales@acme.example");
      await dialog.getByLabel("User name").fill("sandbox");
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await dialog.getByText("This is needed").waitFor();
      await dialog.getByLabel("Server").fill(host);
      await dialog.getByLabel("Port").fill(port);
      await dialog.getByLabel("Password").fill("wrong");
      await dialog.getByText("More", { exact: true }).click();
      await dialog.getByLabel(/any certificate/).check();
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await dialog.getByText("It is saved, but it does not work yet.").waitFor();
      await dialog
        .getByRole("alert")
        .filter({ hasText: /password/ })
        .waitFor();
      check((await dialog.getByLabel("Password").inputValue()) === "", "The password is shown again.");
      await dialog.getByText("Saved and never shown").waitFor();
      await dialog.getByLabel("Password").fill("sandbox");
      await dialog.getByLabel("Messages a day").fill("200");
      await dialog.getByRole("button", { name: "Save and test again" }).click();
      await toastOf(page, "is saved and works").waitFor();
      await line("sales@acme.example").getByText("Ready").waitFor();
      await line("sales@acme.example").getByText("0 of 200 sent today").waitFor();
      await page.getByRole("button", { name: "Test sales@acme.example" }).click();
      await line("sales@acme.example").getByText("Signed in to the account.").waitFor();

      // The stored password still fits when something else is changed.
      await page.getByRole("button", { name: "Edit sales@acme.example" }).click();
      await dialog.getByLabel("Name", { exact: true }).fill("Acme sales");
      await dialog.getByLabel("Messages a day").fill("");
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await toastOf(page, "Acme sales is saved and works").waitFor();
      await line("sales@acme.example").getByText("0 sent today").waitFor();

      await page.getByRole("button", { name: "Add a sender" }).click();
      await dialog.getByRole("button", { name: "Text by Twilio" }).click();
      await dialog.getByLabel("Phone number").fill("call me");
      await dialog.getByLabel("Account SID").fill("AC00000000000000000000000000000000");
      await dialog.getByLabel("Auth token").fill("no-such-token");
      await dialog.getByText("More", { exact: true }).click();
      await dialog.getByLabel("Base URL").fill(server.sandbox);
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await dialog.locator(".field-error").filter({ hasText: "country code" }).waitFor();
      await dialog.getByLabel("Phone number").fill("+1 (202) 555-0188");
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await dialog.getByText("It is saved, but it does not work yet.").waitFor();
      await dialog.getByLabel("Auth token").fill("sandbox-twilio-token");
      await dialog.getByRole("button", { name: "Save and test again" }).click();
      await toastOf(page, "is saved and works").last().waitFor();
      const number = line("+12025550188");
      await number.getByText("How answers arrive").click();
      await number.getByText(`${server.address}/api/twilio/inbound-sms`).waitFor();

      await page.getByRole("button", { name: "Pause +12025550188" }).click();
      await number.getByText("Paused").waitFor();
      await page.getByRole("button", { name: "Resume +12025550188" }).click();
      await number.getByText("Ready").waitFor();
    },
  },
  {
    name: "going live is typed and says what it means, going back is one click, and stop stops",
    async run(kit) {
      const { server, page } = await ready(kit);
      await page.goto(`${server.address}/settings/sending`);
      const rail = page.locator(".rail");
      await page.getByRole("button", { name: "Switch to live" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("From then on real people get your messages.").waitFor();
      await dialog.getByText(/have no account and send nothing live/).waitFor();
      const go = dialog.getByRole("button", { name: "Switch to live" });
      await dialog.getByLabel(/Type the name/).fill("Acme");
      check(await go.isDisabled(), "Half a name switches to live.");
      await dialog.getByLabel(/Type the name/).fill("Acme Events");
      await page.keyboard.press("Enter");
      await rail.getByText("Messages reach real people").waitFor();
      await page.goto(`${server.address}/settings/senders`);
      await page.getByText("Live, this sender can send nothing").first().waitFor();
      await page.goto(`${server.address}/settings/sending`);
      await page.getByRole("button", { name: "Back to the sandbox" }).click();
      await rail.getByText("Messages reach no real person").waitFor();

      await page.getByRole("button", { name: "Stop all sending" }).click();
      await dialog.getByLabel("Reason, for the record").fill("A wrong price in the text");
      await dialog.getByRole("button", { name: "Stop all sending" }).click();
      await page.getByText("All sending is stopped.").waitFor();
      await page.getByText("A wrong price in the text").waitFor();
      await page.goto(`${server.address}/`);
      await page.locator(".banner").getByRole("button", { name: "Resume sending" }).click();
      await page.locator(".banner").waitFor({ state: "detached" });
    },
  },
];
