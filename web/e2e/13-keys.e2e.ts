import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, DESKTOP, type Kit, main, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { ADMIN, line, open, ready, two } from "./people.ts";

/** What programs and people may do and see: API keys, and whose contacts are whose. */

const sizes = [
  ["desktop", DESKTOP],
  ["390 px", PHONE],
] as const;

const dialogOf = (page: Page) => page.getByRole("dialog");

/** Fills in the form for a key, up to its last button. */
async function fillKey(page: Page, server: Server, name: string, may: RegExp): Promise<void> {
  await open(page, server, "/settings/keys");
  await page.getByRole("button", { name: /^(New key|Make your first key)$/ }).click();
  await dialogOf(page).getByLabel("Name").fill(name);
  await dialogOf(page).getByRole("radio", { name: may }).check();
}

/** Makes the key and reads it, which is shown this once. */
async function finishKey(page: Page): Promise<string> {
  await dialogOf(page).getByRole("button", { name: "Make the key" }).click();
  return dialogOf(page).getByLabel("API key", { exact: true }).inputValue();
}

/** A key that may do everything its owner may; it is left without being copied. */
async function fullKey(page: Page, server: Server): Promise<string> {
  await fillKey(page, server, "Nightly sync", /^Everything I may do/);
  const key = await finishKey(page);
  await dialogOf(page).getByRole("button", { name: "Done" }).click();
  await dialogOf(page).getByRole("button", { name: "Leave without it" }).click();
  return key;
}

/** Asks as a program does: with a key, and with nothing of a browser. */
const ask = (server: Server, key: string, path: string, body?: unknown): Promise<Response> =>
  fetch(server.address + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

/** Adds a contact as a program; it belongs to whoever the key belongs to. */
async function addContact(server: Server, key: string, first_name: string): Promise<string> {
  const answer = await ask(server, key, "/api/contacts", {
    first_name,
    email: `${first_name}@buyer.example`,
  });
  check(answer.ok, `The contact was refused with ${answer.status}.`);
  return ((await answer.json()) as { id: string }).id;
}

/** Hands one contact to somebody by hand. */
async function assign(page: Page, server: Server, contact: string, to: string): Promise<void> {
  await open(page, server, "/contacts");
  await page.getByLabel(`Select ${contact}`).check();
  await page.getByRole("button", { name: "Assign to…" }).click();
  await dialogOf(page).getByLabel("To").selectOption({ label: to });
  await dialogOf(page)
    .getByRole("button", { name: `Assign to ${to}` })
    .click();
  await page.getByText(`1 contact changed hands: ${to} has it now.`).waitFor();
}

export const tests: Test[] = [
  {
    name: "a key is shown once, opens what it names and no more, and nothing once it is revoked",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = dialogOf(page);
      await fillKey(page, server, "Sign-up form", /^Choose/);
      check(await dialog.getByRole("button", { name: "Make the key" }).isDisabled(), "A key for nothing.");
      await dialog.getByLabel("Contacts: read").check();
      await dialog.getByText("List contacts, newest first or in another order.").waitFor();
      const key = await finishKey(page);
      check(/^ovk_\w{12}_/.test(key), `This is no key: ${key}`);
      const command = (await dialog.locator("pre").textContent()) ?? "";
      check(command.includes(new URL(page.url()).origin), `The example is for another server: ${command}`);

      await page.keyboard.press("Escape");
      await dialog.getByText("its key was not copied").waitFor();
      await dialog.getByRole("button", { name: "Back to the key" }).click();
      check(
        (await dialog.getByLabel("API key", { exact: true }).inputValue()) === key,
        "The key is another.",
      );
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await dialog.getByRole("button", { name: "Copy", exact: true }).click();
      await dialog.getByRole("button", { name: "Copied" }).waitFor();
      await dialog.getByRole("button", { name: "Done" }).click();
      await dialog.waitFor({ state: "detached" });
      await main(page).getByText("Contacts: read").waitFor();
      await main(page).getByText("Never used").waitFor();
      await main(page).getByText("Good for 90 days").waitFor();

      check((await ask(server, key, "/api/contacts")).status === 200, "The key does not read contacts.");
      const refusedBy = await ask(server, key, "/api/contacts", { email: "new@buyer.example" });
      check(refusedBy.status === 403, `A key that reads was let write: ${refusedBy.status}`);

      const used = async () => {
        await page.reload();
        await settle(page);
        return (await main(page).getByText("Used just now").count()) === 1;
      };
      await until("the page to say that the key was used", 10_000, used);
      await page.getByRole("button", { name: "Revoke Sign-up form" }).click();
      await dialog.getByText("A program used it last").waitFor();
      await dialog.getByRole("button", { name: "Revoke the key" }).click();
      await page.getByText("No program signs in as you.").waitFor();
      check((await ask(server, key, "/api/contacts")).status === 401, "A revoked key still opens something.");
    },
  },
  {
    name: "the audit log says what a program did",
    async run(kit) {
      const { server, page } = await ready(kit);
      await addContact(server, await fullKey(page, server), "Vera");
      await open(page, server, "/settings/audit");
      await page.getByText("added a contact by an API key, “Nightly sync”").waitFor();
      await page.getByText("made an API key").waitFor();
    },
  },
  {
    name: "a rep does not see a colleague's contact in the list, by search and by its link, until it is theirs",
    async run(kit) {
      const { server, admin, rep } = await two(kit);
      const id = await addContact(server, await fullKey(admin, server), "Vera");
      await open(rep, server, "/contacts");
      await rep.getByText("You see only your own contacts here").waitFor();
      await open(rep, server, "/contacts?q=vera");
      await rep.getByText("Only your own contacts are searched.").waitFor();
      await open(rep, server, `/contacts/${id}`);
      await rep.getByRole("alert").first().waitFor();
      check((await rep.getByText("Vera").count()) === 0, "The rep reads a colleague's contact.");

      await assign(admin, server, "Vera", "Ann Lee");
      await main(admin).locator(".cell-owner").getByText("Ann Lee").waitFor();
      await open(rep, server, "/contacts?q=vera");
      await rep.getByRole("link", { name: "Vera" }).click();
      await rep.getByRole("heading", { name: "Vera", level: 1 }).waitFor();
      await rep.getByRole("heading", { name: "May we write" }).waitFor();
      check((await rep.getByLabel("Owner").count()) === 0, "A rep is offered to hand a contact over.");
      await open(rep, server, "/contacts");
      check((await rep.getByLabel("Owner").count()) === 0, "A rep is offered the owners of contacts.");

      await open(admin, server, `/contacts/${id}`);
      await admin.getByLabel("Owner").selectOption({ label: "Rita Rep (you)" });
      await admin.getByText("1 contact changed hands: Rita Rep has it now.").waitFor();
      await open(rep, server, "/contacts?q=vera");
      await rep.getByText("Only your own contacts are searched.").waitFor();
      await open(admin, server, "/settings/workspace");
      await admin.getByRole("radio", { name: /^Everybody sees everything/ }).check();
      await admin.getByText("At once, every rep sees").waitFor();
      await admin.getByRole("button", { name: "Save who sees what" }).click();
      await admin.getByText("Everybody sees everything now.").waitFor();
      await open(rep, server, "/contacts?q=vera");
      await rep.getByRole("link", { name: "Vera" }).waitFor();
    },
  },
  {
    name: "everything that matches is handed over, also what is not loaded, and with whoever is disabled",
    async run(kit) {
      const { server, admin } = await two(kit);
      const key = await fullKey(admin, server);
      for (let number = 0; number < 104; number += 1) await addContact(server, key, `buyer${number}`);
      await open(admin, server, "/contacts?owner=me");
      await admin.getByLabel("Select all in the list").check();
      await admin.getByText("100 contacts selected").waitFor();
      await admin.getByRole("button", { name: "Select all 104 that match" }).click();
      await admin.getByRole("button", { name: "Assign to…" }).click();
      await dialogOf(admin).getByLabel("To").selectOption({ label: "Ann Lee" });
      await dialogOf(admin).getByRole("button", { name: "Assign to Ann Lee" }).click();
      await admin.getByText("104 contacts changed hands: Ann Lee has them now.").waitFor();
      await admin.getByText("No contacts match.").waitFor();

      await open(admin, server, "/settings/team");
      await line(admin, "Ann Lee").getByText("104 contacts").waitFor();
      await admin.getByRole("button", { name: "Disable Ann Lee" }).click();
      await dialogOf(admin)
        .getByLabel("Hand their 104 contacts to")
        .selectOption({ label: "Rita Rep (you)" });
      await dialogOf(admin).getByText("Rita Rep gets their contacts").waitFor();
      await dialogOf(admin).getByRole("button", { name: "Disable" }).click();
      await admin.getByText("104 contacts changed hands: Rita Rep has them now.").waitFor();
      await line(admin, "Ann Lee").getByText("Disabled").waitFor();
      await line(admin, "Rita Rep").getByRole("link", { name: "104 contacts of Rita Rep" }).click();
      await admin.getByText("buyer103", { exact: true }).waitFor();
    },
  },
  ...sizes.map(([size, options]) => ({
    name: `axe finds nothing on the pages of keys and owners, light and dark, ${size}`,
    async run(kit: Kit) {
      const { server, admin, rep } = await two(kit);
      const page = await kit.page(options);
      const dialog = dialogOf(page);
      const problems: string[] = [];
      await signIn(page, server, ADMIN);
      await open(page, server, "/settings/keys");
      await judge(page, "no key", problems);
      await fillKey(page, server, "Sign-up form", /^Choose/);
      await dialog.getByLabel("Contacts: read").check();
      await judge(page, "key dialog", problems);
      await finishKey(page);
      await judge(page, "the key", problems);
      await dialog.getByRole("button", { name: "Done" }).click();
      await judge(page, "leaving the key", problems);
      await dialog.getByRole("button", { name: "Leave without it" }).click();
      await judge(page, "keys", problems);
      await page.getByRole("button", { name: "Revoke Sign-up form" }).click();
      await judge(page, "revoke dialog", problems);

      await addContact(server, await fullKey(admin, server), "Vera");
      await open(page, server, "/contacts");
      await page.getByLabel("Select Vera").check();
      await judge(page, "a ticked contact", problems);
      await page.getByRole("button", { name: "Assign to…" }).click();
      await judge(page, "assign dialog", problems);
      await page.keyboard.press("Escape");
      await assign(page, server, "Vera", "Ann Lee");
      await open(page, server, "/settings/team");
      await line(page, "Ann Lee").getByText("1 contact").waitFor();
      await judge(page, "team with totals", problems);
      await page.getByRole("button", { name: "Disable Ann Lee" }).click();
      await dialog.getByLabel("Hand their 1 contact to").waitFor();
      await judge(page, "disable dialog with contacts", problems);
      await open(page, server, "/settings/workspace");
      await page.getByRole("radio", { name: /^Everybody sees everything/ }).check();
      await judge(page, "who sees what", problems);

      if (options !== DESKTOP) await rep.setViewportSize({ width: 390, height: 844 });
      for (const path of ["workspace", "sending", "senders", "suppression"]) {
        await open(rep, server, `/settings/${path}`);
        await rep.getByText("Only an admin can").waitFor();
        await judge(rep, `${path} of a rep`, problems);
      }
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  })),
];
