import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** The steps of a running campaign are changed, published, compared and brought back. */

const GRAPH = {
  nodes: [
    { key: "T1", type: "sms_send", name: "First text", config: { body: "Hello" }, x: 0, y: 0 },
    { key: "W1", type: "wait", name: "A day", config: { seconds: 86_400 }, x: 0, y: 120 },
    { key: "T2", type: "sms_send", name: "Second text", config: { body: "Again" }, x: 0, y: 240 },
  ],
  edges: [
    { from: "T1", to: "W1" },
    { from: "W1", to: "T2" },
  ],
};

export const tests: Test[] = [
  {
    name: "steps of a running campaign are changed as a draft, published with a choice for people, and brought back",
    async run(kit) {
      const { server, page } = await ready(kit);
      await open(page, server, "/contacts");
      const ann = await send(page, "POST", "/api/contacts", { first_name: "Ann", phone: "+12025550143" });
      const funnel = await send(page, "POST", "/api/funnels", { name: "Two texts", graph: GRAPH });
      const campaign = await send(page, "POST", "/api/campaigns", {
        name: "Spring",
        funnel_id: funnel.id,
        audience: { contact_ids: [ann.id] },
      });
      await send(page, "POST", `/api/campaigns/${campaign.id}/start`, {});
      await open(page, server, `/campaigns/${campaign.id}/people`);
      await main(page).locator(".person").filter({ hasText: "A day" }).waitFor();

      await page.getByRole("link", { name: "Funnel", exact: true }).click();
      await page.getByRole("link", { name: "Edit steps" }).click();
      await page.getByText("Draft of version 2").waitFor();
      await page.goto(`${page.url()}?view=list`);
      await page
        .getByRole("button", { name: /Second text/ })
        .first()
        .click();
      await page.getByRole("textbox", { name: "Text" }).fill("Again, but shorter");
      await page.getByRole("button", { name: "Save draft" }).click();
      await page.getByText("Draft saved. Nobody notices before you publish it.").waitFor();

      await page.getByRole("button", { name: /A day/ }).first().click();
      await page.locator("#dock").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Taken out").first().waitFor();
      const place = dialog.getByLabel("What becomes of the people on A day, version 1");
      check((await place.inputValue()) === "move", "Nothing is proposed for them.");
      const problems: string[] = [];
      await judge(page, "publishing", problems);
      await place.selectOption({ label: "Finish with the steps they began with" });
      await dialog.getByLabel("Note for the list of versions").fill("No rest");
      await dialog.getByRole("button", { name: "Publish now" }).click();
      await page.getByText("Version 2 is live. 1 person stays with the steps they began with.").waitFor();

      await page.getByRole("link", { name: "Versions", exact: true }).click();
      const newest = page.getByRole("button", { name: /Version 2/ });
      await newest.getByText("Live").waitFor();
      await newest.getByText("No rest").waitFor();
      const shown = page.getByRole("region", { name: "What version 2 changed" });
      await shown.locator("ins").getByText("Again, but shorter").waitFor();
      await shown.locator(".diff-removed").getByText("A day").waitFor();
      await judge(page, "versions", problems);
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, `/campaigns/${campaign.id}/versions`);
      await phone.locator("ins").getByText("Again, but shorter").waitFor();
      await judge(phone, "versions on a phone", problems);
      await open(phone, server, `/campaigns/${campaign.id}/steps`);
      await phone.getByRole("button", { name: "Publish", exact: true }).click();
      await phone.getByText("Nothing that people notice has changed").waitFor();
      await judge(phone, "publishing on a phone", problems);
      check(problems.length === 0, problems.join("\n"));

      await page.getByRole("button", { name: /Version 1/ }).click();
      await page.getByRole("button", { name: "Bring back version 1" }).click();
      await page.getByRole("button", { name: "Open it as a draft" }).click();
      await page.getByText("Draft of version 3").waitFor();
      await page.getByRole("button", { name: "Publish", exact: true }).click();
      await dialog.getByText("1 person stands on steps that are as they were").waitFor();
      await dialog.getByRole("button", { name: "Publish now" }).click();
      await page.getByText("Version 3 is live. 1 person moved over.").waitFor();
    },
  },
];
