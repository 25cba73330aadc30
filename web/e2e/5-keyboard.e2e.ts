import type { Page } from "playwright-core";
import { check, type Server, signIn, type Test } from "./kit.ts";

/** Signs in and opens one of several conversations, with somebody who has not opted out. */
async function openOne(page: Page, server: Server): Promise<void> {
  await signIn(page, server);
  await page.goto(`${server.address}/inbox/open`);
  await page.locator(".conversation").nth(2).waitFor({ timeout: 60_000 });
  const willing = page.locator(".conversation").filter({ hasNotText: "Opted out" });
  await willing.first().click();
  await page.getByRole("textbox", { name: /^Reply/ }).waitFor();
  // Not before its channel is known: then everything about it is there.
  await page.getByText(/^Reply \w/).waitFor();
}

export const tests: Test[] = [
  {
    name: "the inbox can be worked through without a mouse",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.keyboard.press("g");
      await page.keyboard.press("i");
      await page.waitForURL("**/inbox/open");
      await page.locator(".conversation").nth(1).waitFor({ timeout: 60_000 });
      await page.keyboard.press("j");
      await page.waitForURL(/\/inbox\/open\/./);
      const first = page.url();
      await page.keyboard.press("j");
      await page.waitForURL((url) => url.href !== first);
      await page.keyboard.press("k");
      await page.waitForURL(first);
      await page.getByRole("textbox", { name: /^Reply/ }).waitFor();
      await page.keyboard.press("r");
      await page.keyboard.type("jjj");
      check(page.url() === first, "Typing in the composer moved the list.");
      await page.keyboard.press("Escape");
      await page.keyboard.press("e");
      await page.getByText("Done.", { exact: true }).waitFor();
      await page.waitForURL((url) => url.href !== first);
    },
  },
  {
    name: "a key after one that moves finds the page as it will stay",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await openOne(page, server);
      // Both keys before the browser draws again, as from quick hands on a slow machine.
      const kept = await page.evaluate(async () => {
        const press = (key: string) =>
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        press("j");
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
        press("r");
        const composer = document.activeElement;
        await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
        return composer?.id === "reply" && composer.isConnected && document.activeElement === composer;
      });
      check(kept, "The composer that took the focus was that of the conversation before.");
      const here = page.url();
      await page.keyboard.type("jjj");
      check(page.url() === here, "Typing in the composer moved the list.");
    },
  },
  {
    name: "an address that is blocked while an answer is written takes no key from it",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await openOne(page, server);
      const here = page.url();
      await page.keyboard.press("r");
      await page.keyboard.type("Hello j");
      const refused = await page.evaluate(async () => {
        const id = location.pathname.split("/").at(-1);
        const { address } = (await (await fetch(`/api/conversations/${id}`)).json()) as { address: string };
        const { token } = (await (await fetch("/api/csrf-token")).json()) as { token: string };
        const answer = await fetch("/api/suppressions", {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
          body: JSON.stringify({ channel: "all", value: address }),
        });
        return answer.ok ? "" : await answer.text();
      });
      check(refused === "", `The server refused: ${refused}`);
      await page.getByText("does not want messages here").waitFor();
      await page.keyboard.type("jjj");
      check(page.url() === here, "Typing in the composer moved the list.");
      const composer = page.getByRole("textbox", { name: /^Reply/ });
      const kept = await composer.inputValue();
      check(kept === "Hello j", `Of "Hello j" the composer holds "${kept}".`);
      check(await page.locator(".composer [type=submit]").isDisabled(), "It could still be sent.");
    },
  },
  {
    name: "a button that is at work keeps the focus, and does nothing twice",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/settings/workspace`);
      let asked = 0;
      let release = () => {};
      const held = new Promise<void>((done) => {
        release = done;
      });
      await page.route("**/api/settings", async (route) => {
        if (route.request().method() === "PATCH") {
          asked += 1;
          await held;
        }
        await route.continue();
      });
      const save = page.getByRole("button", { name: "Save", exact: true });
      await save.focus();
      await page.keyboard.press("Enter");
      await page.locator("button[aria-busy=true]").waitFor();
      await page.keyboard.press("Enter");
      await page.getByLabel("Name", { exact: true }).press("Enter");
      await save.focus();
      const kept = () => save.evaluate((button) => document.activeElement === button);
      check(await kept(), "The button lost the focus while it was at work.");
      release();
      await page.getByText("Saved.", { exact: true }).waitFor();
      check(await kept(), "The button lost the focus when it was done.");
      check(asked === 1, `It was sent ${asked} times.`);
    },
  },
  {
    name: "the palette finds a page, a person and a command, and gives the focus back",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.keyboard.press("Control+k");
      await page.keyboard.type("contacts");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/contacts");
      const name = (await page.locator(".cell-name a").first().textContent()) ?? "";
      await page.keyboard.press("Control+k");
      await page.keyboard.type(name);
      await page
        .getByRole("option", { name: new RegExp(name) })
        .first()
        .waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL("**/contacts/con_*");
      await page.keyboard.press("Control+k");
      await page.keyboard.type("dark");
      await page.keyboard.press("Enter");
      check((await page.locator("html").getAttribute("data-theme")) === "dark", "The theme did not change.");
    },
  },
  {
    name: "single keys can be switched off, and combinations stay",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await page.goto(`${server.address}/settings/shortcuts`);
      await page.getByRole("radio", { name: /^Off/ }).check();
      await page.locator("h1").click();
      await page.keyboard.press("g");
      await page.keyboard.press("c");
      await page.keyboard.press("?");
      check(page.url().endsWith("/settings/shortcuts"), "A single key still moves.");
      check((await page.locator("dialog[open]").count()) === 0, "A single key still opens the sheet.");
      await page.keyboard.press("Control+k");
      await page.locator("dialog[open]").waitFor();
    },
  },
];
