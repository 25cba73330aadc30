import type { Page } from "playwright-core";
import { check, deliver, mailbox, type Server, signIn, type Test } from "./kit.ts";
import { open, send } from "./people.ts";

/** What strangers and colleagues write is text, wherever it is shown (P-X9). */

const HOSTILE = `<img src=x onerror="window.owned=1"><script>window.owned=2</script>`;

/** A mail whose every part is hostile. */
async function mail(server: Server, own: { id: string; address: string }): Promise<void> {
  const html = `<html><body onload="window.owned=3">${HOSTILE}<a href="javascript:window.owned=4">click</a></body></html>`;
  const raw = [
    `From: "${HOSTILE.replaceAll('"', "'")}" <evil@stranger.example>`,
    `To: ${own.address}`,
    "Message-ID: <hostile@stranger.example>",
    `Subject: ${HOSTILE}`,
    "MIME-Version: 1.0",
    "Content-Type: multipart/alternative; boundary=b",
    "",
    `--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee javascript:window.owned=5 ${HOSTILE}`,
    `--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${html}`,
    "--b--",
    "",
  ].join("\r\n");
  await deliver(server, own, raw);
}

/** Nothing of it became part of the page, and it can be read. */
async function harmless(page: Page, where: string): Promise<void> {
  await page.getByText("<img src=x").first().waitFor({ timeout: 15_000 });
  const found = await page.evaluate(() => ({
    owned: (window as { owned?: number }).owned,
    parts: document.querySelectorAll('img[src="x"], body script:not([src]), a[href^="javascript:"]').length,
  }));
  check(found.owned === undefined && found.parts === 0, `${where}: ${JSON.stringify(found)}`);
}

export const tests: Test[] = [
  {
    name: "hostile text is shown as it was written on every page, and what is in it would not run",
    async run(kit) {
      const server = await kit.server();
      const page = await kit.page();
      await signIn(page, server);
      await mail(server, await mailbox(page));
      const { id } = await send(page, "POST", "/api/contacts", {
        email: "hostile@people.example",
        first_name: HOSTILE,
        company: HOSTILE,
        city: HOSTILE,
      });
      await send(page, "POST", "/api/custom-fields", {
        name: "<img src=x onerror=window.owned=6>",
        key: "hostile",
        kind: "text",
      });
      const { id: tag } = await send(page, "POST", "/api/tags", { name: HOSTILE });
      await send(page, "POST", `/api/tags/${tag}/contacts`, { who: { contact_ids: [id] } });
      await send(page, "POST", "/api/lists", { name: HOSTILE });
      const { id: segment } = await send(page, "POST", "/api/segments", {
        name: HOSTILE,
        rule: { all: [{ set_id: tag }, { field: "city", op: "contains", value: HOSTILE }] },
      });
      for (const path of [
        `/contacts/${id}`,
        "/contacts?search=hostile@people.example",
        "/lists",
        "/tags",
        "/segments",
        `/contacts?set_id=${segment}`,
        "/settings/custom-fields",
      ]) {
        await open(page, server, path);
        await harmless(page, path);
      }
      await open(page, server, "/inbox");
      const thread = page.getByRole("main").getByText("<img src=x").first();
      await thread.waitFor({ timeout: 20_000 });
      await thread.click();
      await harmless(page, "the thread");

      // Had one of them become a part of a page, the browser would not have run it.
      const policy = (await fetch(server.address)).headers.get("content-security-policy") ?? "";
      check(/script-src 'self'(;|$)/.test(policy), `Scripts in a page would run: ${policy}`);
    },
  },
];
