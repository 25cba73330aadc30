import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, main, order, PHONE, type Server, type Test } from "./kit.ts";
import { ADMIN, open, ready } from "./people.ts";

/** WhatsApp and Messenger: a sender is connected, somebody writes, is answered, and reads it. */

const KINDS = [
  {
    channel: "whatsapp",
    kind: "WhatsApp",
    field: "WhatsApp number",
    address: "+12025550181",
    // Reads what comes and says nothing.
    person: "+14155550004",
    shown: "Person 0004",
    phrase: "on WhatsApp",
    longest: 4096,
  },
  {
    channel: "messenger",
    kind: "Messenger",
    field: "Page ID",
    address: "104310000000001",
    person: "73192030004",
    shown: "73192030004",
    phrase: "on Messenger",
    longest: 2000,
  },
] as const;
type Kind = (typeof KINDS)[number];

async function connect(page: Page, server: Server, kind: Kind, problems: string[]): Promise<void> {
  await open(page, server, "/settings/senders");
  await page.getByRole("button", { name: "Add a sender" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(kind.kind, { exact: true }).click();
  await dialog.getByLabel("Access token").or(dialog.getByLabel("Page access token")).first().waitFor();
  await judge(page, `${kind.kind}: the form`, problems);
  await dialog.getByLabel("Name").fill("Nordlys");
  await dialog.getByLabel(kind.field).fill("nonsense");
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await dialog.locator(`[aria-invalid=true]`).first().waitFor();
  await dialog.getByLabel(kind.field).fill(kind.address);
  await dialog.getByRole("button", { name: "Save and test" }).click();
  await page.getByText("Nordlys is saved. It works in the sandbox only.").waitFor();
  const line = page.locator("li.sender").filter({ hasText: kind.address });
  await line.getByText("How answers arrive").click();
  await line.getByText("Meta has not called yet.").waitFor();
  await line.getByRole("button", { name: "Copy the verify token" }).waitFor();
  const door = (await line.locator("code.copyable").textContent()) ?? "";
  check(door.includes("/webhooks/") && door.includes("sender=snd_"), `The address to copy is ${door}.`);
  await line.getByRole("button", { name: `Test ${kind.address}` }).click();
  await line.getByText("The sandbox, where everything goes now, answered.").first().waitFor();
  if (kind.channel === "whatsapp") {
    await line.getByText(/^Templates/).click();
    await line.getByRole("button", { name: `Read the templates of ${kind.address}` }).click();
    await line.getByText("Templates: 4 of 6 can be sent").waitFor();
    await line.getByText("WhatsApp says: PROMOTIONAL").waitFor();
  }
  await judge(page, `${kind.kind}: the sender`, problems);
}

async function converse(page: Page, server: Server, kind: Kind, problems: string[]): Promise<void> {
  const says = (text: string) =>
    order(server, "reply", { channel: kind.channel, to: kind.person, sender: kind.address, text });
  await says("Hello, are you there?");
  await open(page, server, `/inbox/unmatched`);
  await page.locator("a.conversation").filter({ hasText: kind.shown }).click();
  const thread = main(page);
  await thread.getByText("Hello, are you there?").last().waitFor();
  await thread.getByText(`Reply ${kind.phrase}`).waitFor();
  await thread.getByText(/left to answer/).waitFor();
  const reply = page.locator("#reply");
  await reply.fill("x".repeat(kind.longest + 1));
  await thread.getByText(/of [\d,]+ characters/).waitFor();
  check(await page.locator(".composer [type=submit]").isDisabled(), "A text that is too long can be sent.");
  await reply.fill("Yes, we are 👋");
  await page.locator(".composer [type=submit]").click();
  const bubble = page.locator(".bubble-out").filter({ hasText: "Yes, we are 👋" });
  await bubble.waitFor();
  await bubble.getByText("Read", { exact: true }).waitFor({ timeout: 30_000 });
  await judge(page, `${kind.kind}: the thread`, problems);
  await says("STOP");
  await thread.getByText("STOP", { exact: true }).last().waitFor();
  await open(page, server, "/settings/suppression");
  await main(page).getByText(kind.person).first().waitFor();
  await open(page, server, "/settings/senders");
  const line = page.locator("li.sender").filter({ hasText: kind.address });
  await line.getByText("How answers arrive").click();
  await line.getByText(/Meta last called/).waitFor();
}

export const tests: Test[] = [
  {
    name: "a WhatsApp number and a page are connected, written to, answer and are read",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      for (const kind of KINDS) {
        await connect(page, server, kind, problems);
        await converse(page, server, kind, problems);
      }
      const phone = await kit.page(PHONE);
      await phone.goto(`${server.address}/login`);
      await phone.getByLabel("E-mail").fill(ADMIN.email);
      await phone.getByLabel("Password").fill(ADMIN.password);
      await phone.getByRole("button", { name: "Sign in", exact: true }).click();
      await phone.getByRole("heading", { name: "Home", level: 1 }).waitFor();
      for (const path of ["/settings/senders", "/inbox/unmatched"]) {
        await phone.goto(server.address + path);
        await settle(phone);
        await judge(phone, `${path} on a phone`, problems);
      }
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
