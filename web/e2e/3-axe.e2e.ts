import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import {
  check,
  DESKTOP,
  deadLetter,
  type Kit,
  mailbox,
  order,
  PHONE,
  type Server,
  signIn,
  type Test,
} from "./kit.ts";

/** Every address of the application, with ids taken from what the page itself links to. */
async function addresses(page: Page, server: Server): Promise<string[]> {
  const first = async (path: string, selector: string) => {
    await page.goto(server.address + path);
    const link = page.locator(selector).first();
    await link.waitFor({ timeout: 60_000 });
    return (await link.getAttribute("href")) ?? "";
  };
  const contact = await first("/contacts", ".cell-name a");
  const company = await first("/companies", ".cell-name a");
  const campaign = await first("/campaigns", "a.campaign-row");
  const conversation = await first("/inbox/open", "a.conversation");
  return [
    "/",
    "/inbox/open",
    conversation,
    "/inbox/done",
    "/inbox/uncertain",
    "/inbox/unmatched",
    "/contacts",
    "/contacts?q=nobody-is-called-this",
    contact,
    "/targets",
    "/companies",
    company,
    "/lists",
    "/tags",
    "/segments",
    "/segments/new",
    "/import",
    "/campaigns",
    "/campaigns?status=paused",
    "/campaigns/new",
    campaign,
    `${campaign}/funnel?view=canvas`,
    `${campaign}/funnel?view=list`,
    `${campaign}/people`,
    `${campaign}/settings`,
    "/settings/profile",
    "/settings/security",
    "/settings/keys",
    "/settings/relayers",
    "/settings/workspace",
    "/settings/team",
    "/settings/sending",
    "/settings/senders",
    "/settings/custom-fields",
    "/settings/icp",
    "/settings/assignment",
    "/settings/icp/new",
    "/settings/suppression",
    "/settings/privacy",
    "/settings/webhooks",
    "/settings/audit",
    "/settings/audit?kind=snippet",
    "/settings/appearance",
    "/settings/shortcuts",
    "/jobs",
    "/jobs?tab=dead",
    "/no-such-page",
  ];
}

/** What stands on the pages of exceptions only when something went wrong: a doubt, a stranger, a dead letter. */
async function mishaps(page: Page, server: Server): Promise<string[]> {
  const own = await mailbox(page);
  await deadLetter(server, own);
  const text = "Who are you?";
  await order(server, "reply", { channel: "email", to: "who@where.example", sender: own.address, text });
  await order(server, "config", { people: false });
  await order(server, "fault", { provider: "smtp", kind: "close_after_data", count: 40 });
  await page.goto(`${server.address}/contacts`);
  await page.locator(".cell-name a").first().click();
  await page.getByRole("button", { name: "Write" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Subject").fill("Doubt");
  await dialog.getByLabel("Message").fill("Does it leave?");
  await dialog.getByRole("button", { name: "Send" }).click();
  await page.getByText("Nobody knows whether this left.").last().waitFor();
  await fetch(`${server.sandbox}/_sandbox/fault`, { method: "DELETE" });
  const doubtful = new URL(page.url()).pathname;
  await page.goto(`${server.address}/inbox/unmatched`);
  const stranger = (await page.locator("a.conversation").first().getAttribute("href")) ?? "";
  return [doubtful, stranger, "/jobs?tab=dead"];
}

/** What opens over a page has to be as good as the page. */
async function overlays(page: Page, server: Server, problems: string[]): Promise<void> {
  await page.goto(`${server.address}/contacts`);
  await settle(page);
  for (const [name, keys] of [
    ["palette", "Control+k"],
    ["shortcuts", "?"],
    ["new contact", "c"],
  ] as const) {
    await page.keyboard.press(keys);
    await page.locator("dialog[open]").waitFor();
    await judge(page, name, problems);
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  }
  await page.goto(`${server.address}/settings/sending`);
  await page.getByRole("button", { name: "Switch to live" }).click();
  await judge(page, "live dialog", problems);
  await page.goto(`${server.address}/settings/senders`);
  await page.getByRole("button", { name: "Add a sender" }).click();
  await page.getByLabel(/Read answers/).check();
  await page.getByLabel("E-mail address").fill("sales@acme.example");
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByText("This is needed").first().waitFor();
  await judge(page, "sender dialog", problems);
}

const sizes = [
  ["desktop", DESKTOP],
  ["390 px", PHONE],
] as const;

export const tests: Test[] = [
  {
    name: "the first paint is in the theme of the system",
    async run(kit) {
      const server = await kit.server();
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await kit.page({ ...DESKTOP, colorScheme });
        await page.goto(`${server.address}/login`);
        const theme = await page.locator("html").getAttribute("data-theme");
        check(theme === colorScheme, `The page is ${theme} where the system is ${colorScheme}.`);
      }
    },
  },
  ...sizes.map(([size, options]) => ({
    name: `axe finds nothing on any page, light and dark, ${size}`,
    async run(kit: Kit) {
      const server = await kit.server();
      const page = await kit.page(options);
      const problems: string[] = [];
      for (const path of ["/login", "/login?expired=1", "/setup?token=none", "/invite", "/invite#none"]) {
        await page.goto(server.address + path);
        await settle(page);
        await judge(page, path, problems);
      }
      await signIn(page, server);
      for (const path of await addresses(page, server)) {
        await page.goto(server.address + path);
        await settle(page);
        if (path.includes("canvas")) await page.locator(".react-flow__node").first().waitFor();
        await judge(page, path, problems);
      }
      for (const path of await mishaps(page, server)) {
        await page.goto(server.address + path);
        await settle(page);
        await page
          .getByText(/Nobody knows whether|belongs to no contact yet|Handle again/)
          .first()
          .waitFor();
        await judge(page, path, problems);
      }
      if (size === "desktop") await overlays(page, server, problems);
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  })),
];
