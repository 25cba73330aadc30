import { check, signIn, type Test } from "./kit.ts";

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
