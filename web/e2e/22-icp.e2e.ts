import { judge, settle } from "./axe.ts";
import { check, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** ICP profiles: criteria with weights, tried out while they are written, and a score with its reasons. */

export const tests: Test[] = [
  {
    name: "a profile is built with a live preview, scores everybody with reasons, and a segment asks for the score",
    async run(kit) {
      const { server, page } = await ready(kit);
      const dialog = page.getByRole("dialog");
      const problems: string[] = [];
      await send(page, "POST", "/api/companies", {
        name: "Nordlys",
        industry: "Software",
        employee_count: 250,
      });
      for (const [first_name, title, company] of [
        ["Ada", "VP Sales", "Nordlys"],
        ["Bo", "Clerk", "Nordlys"],
        ["Cy", "Head of Growth", "Elsewhere"],
      ])
        await send(page, "POST", "/api/contacts", {
          first_name,
          title,
          company,
          email: `${first_name?.toLowerCase()}@people.example`,
        });
      await open(page, server, "/settings/icp");
      await page.getByText("No profile yet.").waitFor();
      await judge(page, "no profile", problems);
      await page.getByRole("link", { name: "New profile" }).click();

      await page.getByLabel("Name", { exact: true }).fill("Software leaders");
      await page.getByLabel("Value, criterion 1").fill("VP, Head of,");
      await page.getByRole("button", { name: "Remove Head of, criterion 1" }).waitFor();
      await page.getByText("2 of 3 have it").waitFor();
      await page.getByLabel("Value, criterion 2").fill("software");
      await page.getByLabel("Weight, criterion 3").fill("many");
      await page.getByRole("button", { name: "Make the profile" }).click();
      await page.getByText("Say what to compare with").waitFor();
      await page.getByLabel("Value, criterion 3").fill("100");
      await page.getByRole("button", { name: "Make the profile" }).click();
      await page.getByText("Write a weight from −100 to 100").waitFor();
      await judge(page, "profile with mistakes", problems);
      await page.getByLabel("Weight, criterion 3").fill("25");
      await page.keyboard.press("ArrowUp");
      check(
        (await page.getByLabel("Weight, criterion 3").inputValue()) === "30",
        "The arrows move a weight.",
      );
      const best = page.getByRole("list", { name: "Who fits best" });
      await best.getByRole("listitem").first().filter({ hasText: "Ada" }).getByText("100 · Strong").waitFor();
      await judge(page, "new profile", problems);
      await page.getByRole("button", { name: "Make the profile" }).click();
      await page.getByText("1 strong, 1 good, 1 weak, 0 poor of 3 contacts").waitFor();
      await judge(page, "profiles", problems);

      // A segment asks for the score; who changes is scored again, and so enters it.
      await send(page, "POST", "/api/segments", {
        name: "Fits",
        rule: { field: "icp_score", op: "more_than", value: "74" },
      });
      await open(page, server, "/contacts?q=bo");
      await page.locator(".cell-name a").getByText("Bo").click();
      const fit = page.getByRole("region", { name: "ICP fit" });
      await fit.getByText("60 · Good").waitFor();
      await fit.getByText("Title contains VP or Head of").waitFor();
      await fit.getByText("0 of 40").waitFor();
      await page.getByRole("button", { name: /^Title: / }).click();
      await page.getByLabel("Title", { exact: true }).fill("VP Support");
      await page.keyboard.press("Enter");
      await fit.getByText("100 · Strong").waitFor();
      await fit.getByText("How it changed").click();
      await fit.getByText("60 → 100").waitFor();
      await judge(page, "contact with a score", problems);
      await open(page, server, "/segments");
      await page.locator(".set-line").filter({ hasText: "Fits" }).getByText("2", { exact: true }).waitFor();
      await page.getByText("ICP score is more than 74").waitFor();

      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/settings/icp");
      await judge(phone, "profiles on a phone", problems);
      await phone.getByRole("link", { name: "Software leaders" }).click();
      await phone.getByLabel("Value, criterion 1").waitFor();
      await settle(phone);
      await judge(phone, "profile on a phone", problems);

      await open(page, server, "/settings/icp");
      await page.getByRole("button", { name: "Delete Software leaders" }).click();
      await dialog.getByText("The 3 scores by it", { exact: false }).waitFor();
      await dialog.getByRole("button", { name: "Delete the profile" }).click();
      await page.getByText("No profile yet.").waitFor();
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
