import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready } from "./people.ts";

/** The list of whom nothing is sent to, as it is kept by hand. */

export const tests: Test[] = [
  {
    name: "an address is put on the suppression list and taken off it, and a phone shows all of its line",
    async run(kit) {
      const { server } = await ready(kit);
      const page = await kit.page(PHONE);
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await signIn(page, server, ADMIN);
      await open(page, server, "/settings/suppression");
      await page.getByText("Nobody has opted out.").waitFor();
      const address = "a.person.with.a.rather.long.name@marketing.department.of.buyer.example";
      await page.getByRole("button", { name: "Suppress" }).click();
      await dialog.getByLabel("Address or number").fill(address);
      await dialog.getByLabel("Reason").fill("Said no on the phone, and asked to be left alone for good");
      await judge(page, "suppress dialog", problems);
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await main(page).getByText("1 entry").waitFor();
      await judge(page, "suppression list", problems);
      const hidden = await main(page)
        .locator(".panel")
        .evaluate((panel) =>
          Math.max(...[panel, ...panel.querySelectorAll("*")].map((it) => it.scrollWidth - it.clientWidth)),
        );
      check(hidden <= 0, `${hidden} px of the list are out of sight.`);

      await page.getByLabel("Search").fill("nobody");
      await page.getByRole("button", { name: "Clear the search" }).click();
      await page.getByLabel("Search").fill("left alone");
      await page.getByRole("button", { name: `Remove ${address}` }).click();
      await dialog.getByText("Do it only when they have asked").waitFor();
      await dialog.getByRole("button", { name: "Take it off the list" }).click();
      await page.getByText("Nobody has opted out.").waitFor();
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
];
