import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready } from "./people.ts";

/** The search box, and what somebody agreed to. */

export const tests: Test[] = [
  {
    name: "somebody is found by a mistyped name, and what they agreed to is written down and asked for",
    async run(kit) {
      const { server } = await ready(kit);
      const page = await kit.page();
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await signIn(page, server, ADMIN);
      await open(page, server, "/contacts");
      await page
        .getByRole("button", { name: /New contact|Add/ })
        .first()
        .click();
      await dialog.getByLabel("First name").fill("Wilhelmina");
      await dialog.getByLabel("Last name").fill("Garcés");
      await dialog.getByLabel(/E-?mail/).fill("mina@buyer.example");
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });

      await page.keyboard.press("Control+k");
      await page.keyboard.type("wilhelmnia garces");
      await dialog.getByText("Found instead").waitFor();
      await dialog.getByRole("option", { name: /Wilhelmina Garcés/ }).waitFor();
      await judge(page, "palette with people", problems);
      await page.keyboard.press("Enter");
      await page.waitForURL("**/contacts/con_*");

      await page.getByRole("button", { name: "Add consent" }).click();
      await dialog.getByLabel("Where it comes from").fill("Form on the fair");
      await judge(page, "consent dialog", problems);
      await page.keyboard.press("Enter");
      await dialog.waitFor({ state: "detached" });
      await main(page).getByText("Agreed", { exact: true }).waitFor();
      await main(page).getByText("Consent was written down").waitFor();

      await page.setViewportSize(PHONE.viewport ?? { width: 390, height: 844 });
      await open(page, server, "/settings/sending");
      await page.getByRole("checkbox", { name: "Text" }).check();
      await judge(page, "consent settings", problems);
      await page.getByRole("button", { name: "Save consent" }).click();
      await page.getByText("Saved.").waitFor();
      await page.reload();
      check(await page.getByRole("checkbox", { name: "Text" }).isChecked(), "The channel was not kept.");
      check(problems.length === 0, `\n      ${problems.join("\n      ")}`);
    },
  },
];
