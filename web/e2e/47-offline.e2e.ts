import type { Page } from "playwright-core";
import { judge } from "./axe.ts";
import { check, type Server, signIn, type Test, until } from "./kit.ts";

const REPLY = "Written in a train, in a tunnel.";
const NOTE = "A note that nobody is to read.";

/** Opens a conversation that can be answered; returns its address. */
async function openOne(page: Page, server: Server): Promise<string> {
  await page.goto(`${server.address}/inbox/open`);
  const first = page
    .locator(".conversation")
    .filter({ hasText: /Question|Positive/ })
    .first();
  await first.waitFor({ timeout: 60_000 });
  await first.click();
  await page.locator(".bubble-in").first().waitFor();
  // Without the conversation nobody knows yet where an answer goes.
  const composer = page.getByRole("textbox", { name: /^Reply/ });
  await composer.fill("Hello");
  await until(
    "the answer to be ready to leave",
    20_000,
    async () => await page.getByRole("button", { name: /^Send(?! later)/ }).isEnabled(),
  );
  await composer.fill("");
  return page.url();
}

/** The application is kept, and this page is under the service worker. */
async function isControlled(page: Page): Promise<void> {
  await until("the service worker", 30_000, () =>
    page.evaluate(async () => {
      const { controller } = navigator.serviceWorker;
      const names = await caches.keys();
      return controller?.state === "activated" && names.some((name) => name.startsWith("overture-app-"));
    }),
  );
}

const kept = (page: Page, store: string) =>
  page.evaluate(
    (store) =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open("overture");
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const count = opening.result.transaction(store).objectStore(store).count();
          count.onsuccess = () => {
            opening.result.close();
            done(count.result);
          };
        };
      }),
    store,
  );

/** How often the server has a text in a conversation. */
const arrived = (page: Page, text: string) =>
  page.evaluate(async (text) => {
    const id = location.pathname.split("/").at(-1);
    const answer = await fetch(`/api/conversations/${id}/messages?limit=200`);
    const { data } = (await answer.json()) as { data: { text: string }[] };
    return data.filter((message) => message.text === text).length;
  }, text);

export const tests: Test[] = [
  {
    name: "what to hear of, how and when not is chosen by keyboard and stays",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/settings/notifications`);
      const mail = page.getByRole("checkbox", { name: "One of my people writes: E-mail" });
      const app = page.getByRole("checkbox", { name: "One of my people writes: In the app" });
      await app.waitFor();
      await app.focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Space");
      check(await mail.isChecked(), "The third box of the line is not the one for e-mail.");
      await page.getByRole("checkbox", { name: /^Keep quiet hours/ }).focus();
      await page.keyboard.press("Space");
      const from = page.getByLabel("From", { exact: true });
      await from.waitFor();
      await from.fill("22:15");
      await page.getByRole("checkbox", { name: "Sun" }).focus();
      await page.keyboard.press("Space");
      await page.getByLabel("My time zone").selectOption("Europe/Oslo");
      const problems: string[] = [];
      await judge(page, "the section Notifications", problems);
      check(problems.length === 0, problems.join("; "));
      await page.getByRole("button", { name: "Save", exact: true }).focus();
      await page.keyboard.press("Enter");
      await page.getByText("Saved.").waitFor();
      await page.reload();
      await mail.waitFor();
      check(await mail.isChecked(), "The e-mail is not chosen any more.");
      check((await from.inputValue()) === "22:15", "The quiet hours begin elsewhere.");
      check(!(await page.getByRole("checkbox", { name: "Sun" }).isChecked()), "Sunday is back.");
      check(
        (await page.getByLabel("My time zone").inputValue()) === "Europe/Oslo",
        "The time zone is another one.",
      );
    },
  },
  {
    name: "offline what was read is there, and an answer written then arrives once",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      const address = await openOne(page, server);
      await isControlled(page);
      const said = (await page.locator(".bubble-in .bubble-text").first().textContent()) ?? "";

      await page.context().setOffline(true);
      await page
        .getByText(/You are offline; showing what was there at \d\d:\d\d/)
        .waitFor({ timeout: 20_000 });
      const composer = page.getByRole("textbox", { name: /^Reply/ });
      await composer.fill(REPLY);
      await composer.press("Control+Enter");
      const thread = page.getByRole("region", { name: "Conversation", exact: true });
      const waits = thread.getByRole("list", { name: "Waiting for the connection" });
      await waits.getByText(REPLY).waitFor();
      await waits.getByText("waits for the connection").waitFor();

      const problems: string[] = [];
      await judge(page, "the inbox offline", problems);
      check(problems.length === 0, problems.join("; "));

      // A note too, which is thought better of.
      await page.locator("body").click({ position: { x: 2, y: 2 } });
      await page.getByRole("button", { name: /^Note/ }).click();
      await page.locator("#note").fill(NOTE);
      await page.locator("#note").press("Control+Enter");
      const note = waits.getByRole("listitem").filter({ hasText: NOTE });
      await note.getByRole("button", { name: "Withdraw" }).click();
      await until("the note to be withdrawn", 5000, async () => (await note.count()) === 0);

      // The page is closed and opened: what waits waits, what was read is there.
      await page.reload();
      await waits.getByText(REPLY).waitFor({ timeout: 20_000 });
      check((await kept(page, "actions")) === 1, "More or less than one action waits.");
      await page
        .locator(".bubble-in")
        .filter({ hasText: said.slice(0, 30) })
        .first()
        .waitFor();

      await page.context().setOffline(false);
      await page.locator(".rail").getByText("Live updates").waitFor({ timeout: 30_000 });
      await until("what waited to be sent", 30_000, async () => (await kept(page, "actions")) === 0);
      const bubble = page.locator(".bubble-out").filter({ hasText: REPLY });
      await bubble.first().waitFor({ timeout: 20_000 });
      await page.goto(address);
      await bubble.first().waitFor({ timeout: 20_000 });
      check((await bubble.count()) === 1, `The answer stands there ${await bubble.count()} times.`);
      check((await arrived(page, REPLY)) === 1, "The server has it more than once, or not.");
    },
  },
  {
    name: "what is pushed is shown, and leads to the tab that is open",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await page.context().grantPermissions(["notifications"], { origin: server.address });
      await signIn(page, server);
      await isControlled(page);
      const chrome = await page.context().newCDPSession(page);
      const found = new Promise<string>((done) => {
        chrome.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
          const [first] = registrations;
          if (first) done(first.registrationId);
        });
      });
      await chrome.send("ServiceWorker.enable");
      const registrationId = await found;
      // As the server fills it up: blanks after the text.
      const said = { title: "Ann Lee wrote", text: "Yes, tell me more", path: "/queue", id: "ntc_1" };
      const data = JSON.stringify(said).padEnd(256);
      await chrome.send("ServiceWorker.deliverPushMessage", { origin: server.address, registrationId, data });
      const shown = await until("the notification", 10_000, () =>
        page.evaluate(async () => {
          const registration = await navigator.serviceWorker.ready;
          const all = await registration.getNotifications();
          return all.length > 0 ? all.map(({ title, body, tag }) => `${title}: ${body} (${tag})`) : null;
        }),
      );
      check(shown.join() === "Ann Lee wrote: Yes, tell me more (/queue)", `It says ${shown.join()}.`);
      // Nobody can click on it here: what the worker tells the tab then.
      await page.evaluate(() => {
        navigator.serviceWorker.dispatchEvent(new MessageEvent("message", { data: { go: "/queue" } }));
      });
      await page.waitForURL(/\/queue/);
    },
  },
  {
    name: "without the server the application opens with what was read, and whoever signs out leaves nothing",
    async run(kit) {
      const server = await kit.demo({});
      const page = await kit.page();
      await signIn(page, server);
      const address = await openOne(page, server);
      await isControlled(page);
      const title = await page.locator(".thread-title").textContent();

      await server.kill();
      await page.goto(address);
      await page.getByText(/showing what was there at \d\d:\d\d/).waitFor({ timeout: 20_000 });
      await page.locator(".bubble-in").first().waitFor();
      check((await page.locator(".thread-title").textContent()) === title, "It is another conversation.");
      await page.getByRole("button", { name: /^Done/ }).click();
      await until("it to wait", 10_000, async () => (await kept(page, "actions")) === 1);

      await server.restart();
      await until("what waited to be sent", 60_000, async () => (await kept(page, "actions")) === 0);
      await page.goto(address);
      await page.getByRole("button", { name: "Open again" }).waitFor({ timeout: 20_000 });

      check((await kept(page, "reads")) > 3, "Nothing is kept.");
      await page
        .locator(".rail")
        .getByRole("button", { name: server.login.email.startsWith("sara") ? /Sara/ : /./ })
        .last()
        .click();
      await page.getByRole("button", { name: "Sign out", exact: true }).click();
      await page.waitForURL(/login/);
      await until("nothing to be kept", 10_000, async () => (await kept(page, "reads")) === 0);
    },
  },
];
