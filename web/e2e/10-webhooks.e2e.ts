import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, DESKTOP, type Kit, main, PHONE, type Server, signIn, type Test, until } from "./kit.ts";

/** Webhooks, with a receiver on this machine that checks signatures as its author would. */

type Heard = { id: string; type: string; signed: (secret: string) => boolean };
type Receiver = { url: string; port: number; heard: Heard[]; answer: (status: number | null) => void };

/** Answers 204, or what it was told to; `null` is no answer at all. */
async function listen(): Promise<Receiver> {
  let status: number | null = 204;
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const header = (name: string) => String(request.headers[name] ?? "");
      const id = header("webhook-id");
      const signed = (secret: string) => {
        const key = Buffer.from(secret.slice("whsec_".length), "base64");
        const text = `${id}.${header("webhook-timestamp")}.${body}`;
        const expected = `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
        return header("webhook-signature").split(" ").includes(expected);
      };
      heard.push({ id, type: (JSON.parse(body) as { type: string }).type, signed });
      if (status === null) return;
      response.writeHead(status, { "Content-Type": "text/plain" });
      response.end(status === 204 ? undefined : "not today");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, port, heard, answer: (next) => (status = next) };
}

/** A demo that may call this receiver. */
async function ready(kit: Kit): Promise<{ server: Server; page: Page; receiver: Receiver }> {
  const receiver = await listen();
  const server = await kit.demo({
    OVERTURE_EGRESS__ALLOW_PRIVATE: "127.0.0.1",
    OVERTURE_EGRESS__ALLOW_PORTS: String(receiver.port),
  });
  const page = await kit.page();
  await signIn(page, server);
  await page.goto(`${server.address}/settings/webhooks`);
  return { server, page, receiver };
}

/** Adds a webhook for these kinds through the form; its secret. */
async function add(page: Page, url: string, kinds: readonly RegExp[]): Promise<string> {
  await page.getByRole("button", { name: /^Add (a webhook|the first one)$/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Address" }).fill(url);
  await dialog.getByLabel("Description").fill("Our CRM");
  for (const kind of kinds) await dialog.getByRole("checkbox", { name: kind }).check();
  await dialog.getByRole("button", { name: "Add the webhook" }).click();
  const secret = await dialog.getByLabel("Signing secret").inputValue();
  check(secret.startsWith("whsec_"), `This is no secret: ${secret}`);
  await dialog.getByText("It is shown only now.").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await main(page).getByRole("link", { name: "Our CRM" }).waitFor();
  return secret;
}

/** One text, so that something happens however far the demo's own story is. */
async function sendText(page: Page): Promise<void> {
  const status = await page.evaluate(async () => {
    const { token } = (await (await fetch("/api/csrf-token")).json()) as { token: string };
    const body = { client_id: "webhook-e2e", channel: "sms", to: "+1 415 555 0123", text: "Are you coming?" };
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
    const sent = await fetch("/api/messages", { method: "POST", headers, body: JSON.stringify(body) });
    return sent.status;
  });
  check(status === 200, `The text was answered with ${status}.`);
}

export const tests: Test[] = [
  {
    name: "a program is told what happens, and its admin sees what came back",
    async run(kit) {
      const { page, receiver } = await ready(kit);
      await page.getByText("No webhook yet.").waitFor();
      const secret = await add(page, receiver.url, [/^Somebody wrote to us/, /^A message left/]);
      await sendText(page);
      const first = await until("the first message to be told", 60_000, async () => receiver.heard[0]);
      check(first.signed(secret), "The signature is wrong.");
      check(/^message\.(sent|received)$/.test(first.type), `It was told of ${first.type}.`);

      await main(page).getByRole("link", { name: "Our CRM" }).click();
      await main(page).getByText("Works", { exact: true }).waitFor();
      await page.getByRole("button", { name: "Switch off" }).click();
      await main(page).getByText("Off", { exact: true }).waitFor();
      check(await page.getByRole("button", { name: "Send a test" }).isDisabled(), "A test can be sent.");
      await page.getByRole("button", { name: "Edit" }).click();
      const dialog = page.getByRole("dialog");
      for (const kind of [/^Somebody wrote to us/, /^A message left/])
        await dialog.getByRole("checkbox", { name: kind }).uncheck();
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("Choose at least one thing to be told").waitFor();
      await dialog.getByRole("checkbox", { name: /^An import ended/ }).check();
      await dialog.getByRole("button", { name: "Save" }).click();
      await page.getByRole("button", { name: "Switch on" }).click();

      receiver.answer(503);
      const before = receiver.heard.length;
      await page.getByRole("button", { name: "Send a test" }).click();
      await main(page).getByText("Retrying").first().waitFor();
      const again = await until("a second try", 60_000, async () =>
        receiver.heard.length >= before + 2 ? receiver.heard.slice(before) : null,
      );
      const ids = new Set(again.filter(({ type }) => type === "webhook.test").map(({ id }) => id));
      check(ids.size === 1, `The tries have the ids ${[...ids].join(", ")}.`);
      receiver.answer(204);
      await page.getByRole("button", { name: /^webhook\.test/ }).click();
      await dialog.getByText("not today").first().waitFor();
      await dialog.getByRole("button", { name: "Redeliver" }).click();
      await dialog.getByText("Delivered", { exact: true }).waitFor();
      const tests = receiver.heard.slice(before).filter(({ type }) => type === "webhook.test");
      check(new Set(tests.map(({ id }) => id)).size === 1, "Another id was used.");
      await dialog.getByRole("button", { name: "Close", exact: true }).last().click();

      await page.getByRole("button", { name: "New secret" }).click();
      await dialog.getByRole("button", { name: "Make it" }).click();
      const next = await dialog.getByLabel("Signing secret").inputValue();
      await dialog.getByRole("button", { name: "Done" }).click();
      const told = receiver.heard.length;
      await page.getByRole("button", { name: "Send a test" }).click();
      const both = await until("a test after the change", 30_000, async () => receiver.heard[told]);
      check(both.signed(next) && both.signed(secret) && next !== secret, "Not both secrets sign.");

      await page.getByRole("button", { name: "Delete" }).click();
      await dialog.getByRole("button", { name: "Delete" }).click();
      await page.getByText("No webhook yet.").waitFor();
    },
  },
  {
    name: "addresses inside our own network are refused beside the field",
    async run(kit) {
      const { page } = await ready(kit);
      await page.getByRole("button", { name: /^Add/ }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("textbox", { name: "Address" }).fill("http://169.254.169.254/latest/meta-data");
      await dialog.getByRole("checkbox", { name: /^A contact was added/ }).check();
      await dialog.getByRole("button", { name: "Add the webhook" }).click();
      await dialog.locator(".field-error").getByText("private network").waitFor();
    },
  },
  {
    name: "a kill while the receiver keeps silent repeats the delivery under its id, and loses nothing",
    async run(kit) {
      const { server, page, receiver } = await ready(kit);
      await add(page, receiver.url, [/^An import ended/]);
      await main(page).getByRole("link", { name: "Our CRM" }).click();
      receiver.answer(null);
      await page.getByRole("button", { name: "Send a test" }).click();
      const first = await until("the request", 30_000, async () => receiver.heard[0]);
      await server.kill();
      receiver.answer(204);
      await server.restart();
      const again = await until("the repeat", 60_000, async () => receiver.heard[1]);
      check(again.id === first.id, `First ${first.id}, then ${again.id}.`);
    },
  },
  {
    name: "webhooks can be used by everybody, on a phone and in the dark",
    async run(kit) {
      const { server, page, receiver } = await ready(kit);
      receiver.answer(500);
      await add(page, receiver.url, [/^Somebody wrote to us/, /^A message left/]);
      await main(page).getByRole("link", { name: "Our CRM" }).click();
      await page.getByRole("button", { name: "Send a test" }).click();
      await main(page).getByText("Retrying").first().waitFor();
      const problems: string[] = [];
      for (const [size, options] of [
        ["desktop", DESKTOP],
        ["390 px", PHONE],
      ] as const) {
        const view = await kit.page(options);
        await signIn(view, server);
        await view.goto(`${server.address}/settings/webhooks`);
        await settle(view);
        await judge(view, `webhooks ${size}`, problems);
        await view.getByRole("button", { name: "Add a webhook" }).click();
        await judge(view, `new webhook ${size}`, problems);
        await view.keyboard.press("Escape");
        await main(view).getByRole("link", { name: "Our CRM" }).click();
        await settle(view);
        await judge(view, `one webhook ${size}`, problems);
        await view
          .getByRole("button", { name: /^(webhook\.test|message)/ })
          .first()
          .click();
        await view.getByRole("dialog").getByText("Tries").waitFor();
        await judge(view, `delivery ${size}`, problems);
      }
      check(problems.length === 0, problems.join("\n      "));
    },
  },
];
