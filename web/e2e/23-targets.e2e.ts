import { judge, settle } from "./axe.ts";
import { check, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Targets: written down by the line, moved by a key, and made contacts when it is time. */

export const tests: Test[] = [
  {
    name: "targets are added by the line and several at once, moved in place, and one becomes a contact",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      const line = (name: string) => page.locator(".target").filter({ hasText: name });
      const state = (name: string) => page.getByLabel(`State of ${name}`);
      await open(page, server, "/targets");
      await page.getByText("Whom do you want to reach?").waitFor();
      await judge(page, "no target", problems);

      // By keyboard alone: a line, Enter, the next one.
      await page.keyboard.press("c");
      await page.keyboard.type("Ada Lovelace, Nordlys, CTO @ada x:ada");
      await page.getByText("Ada Lovelace · CTO · Nordlys · @ada · X ada").waitFor();
      await page.keyboard.press("Enter");
      await line("Ada Lovelace").waitFor();
      await page.keyboard.type("Bo x:a_name_that_is_too_long");
      await page.keyboard.press("Enter");
      await page.getByText("Write a name on X such as @ann_lee").waitFor();
      await page.keyboard.press("Control+A");
      await page.evaluate(() => {
        const data = new DataTransfer();
        data.setData("text", "Bo Berg\tBlue Fjord\nCy Dahl, Halden\n\nhttps://t.me/dee");
        const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        (document.activeElement as HTMLInputElement).select();
        document.activeElement?.dispatchEvent(event);
      });
      await page.getByText("added.").waitFor();
      await line("Cy Dahl").waitFor();
      await line("t.me/dee").waitFor();
      await page.keyboard.press("Escape");

      // The first in the list, by its number; back with the toast.
      await page.keyboard.press("j");
      await page.keyboard.press("2");
      const first = (await page.locator(".target-name").first().textContent()) ?? "";
      await page.getByText(`${first}: Researching.`).waitFor();
      check((await state(first).inputValue()) === "researching", "A key sets the state.");
      await page.getByRole("button", { name: "Undo" }).click();
      await page.waitForFunction(
        (name) =>
          document.querySelector<HTMLSelectElement>(`[aria-label="State of ${name}"]`)?.value ===
          "to_research",
        first,
      );
      await state("Ada Lovelace").selectOption("ready");
      await page.getByText("Ada Lovelace: Ready.").waitFor();
      await judge(page, "targets", problems);

      await line("Ada Lovelace").getByRole("button", { name: "Ada Lovelace", exact: true }).click();
      await dialog.getByLabel("Notes").fill("Wrote the first program.");
      await dialog.getByLabel("A page about them").fill("nothing");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("Write an address that begins with https://").waitFor();
      await judge(page, "a target", problems);
      await dialog.getByLabel("A page about them").fill("https://ada.example");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.waitFor({ state: "detached" });
      await line("Ada Lovelace").getByText("Wrote the first program.").waitFor();

      await page.getByLabel("State", { exact: true }).selectOption("ready");
      await line("Bo Berg").waitFor({ state: "detached" });
      await line("Ada Lovelace").getByRole("button", { name: "Approach" }).click();
      await dialog.getByLabel("E-mail").fill("ada@people.example");
      await judge(page, "approaching", problems);
      await dialog.getByRole("button", { name: "Make a contact" }).click();
      await page.getByText("Ada Lovelace is a contact now.").waitFor();
      await page.getByRole("button", { name: "Open", exact: true }).click();
      await page.getByRole("heading", { name: "Ada Lovelace", level: 1 }).waitFor();
      await page.getByRole("link", { name: "Nordlys" }).waitFor();
      await page.getByText("@ada").waitFor();

      // Somebody who is a contact already is tied to them.
      await send(page, "POST", "/api/contacts", {
        first_name: "Bo",
        last_name: "Berg",
        email: "bo@people.example",
      });
      await open(page, server, "/targets");
      await line("Bo Berg").getByRole("button", { name: "Approach" }).click();
      await dialog.getByLabel("E-mail").fill("bo@people.example");
      await dialog.getByRole("button", { name: "Make a contact" }).click();
      await dialog.getByText("Another contact has this address").waitFor();
      await dialog.getByRole("button", { name: "They are a contact already" }).click();
      await dialog.getByRole("combobox", { name: "Which contact it is" }).fill("berg");
      await dialog.getByRole("option", { name: /Bo Berg/ }).click();
      await page.getByText("Bo Berg is a contact now.").waitFor();
      await line("Bo Berg").getByRole("link", { name: "Open the contact" }).waitFor();
      await page.getByRole("button", { name: "Remove Cy Dahl" }).click();
      await page.getByText("Cy Dahl is off the list.").waitFor();
      await line("Cy Dahl").waitFor({ state: "detached" });

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/targets");
      await phone.locator(".target").first().waitFor();
      await settle(phone);
      await judge(phone, "targets on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
