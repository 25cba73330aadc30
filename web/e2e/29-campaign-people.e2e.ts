import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Who comes into a campaign that runs, who is taken out of it, and a copy of it. */

const GRAPH = {
  nodes: [
    { key: "T1", type: "sms_send", name: "First", config: { body: "Hello" }, x: 0, y: 0 },
    { key: "W1", type: "wait", name: "A day", config: { seconds: 86_400 }, x: 0, y: 120 },
    { key: "T2", type: "sms_send", name: "Second", config: { body: "Again" }, x: 0, y: 240 },
  ],
  edges: [
    { from: "T1", to: "W1" },
    { from: "W1", to: "T2" },
  ],
};

export const tests: Test[] = [
  {
    name: "people are added to a campaign that runs and taken out of it, and a copy has its steps",
    async run(kit) {
      const { server, page } = await ready(kit);
      const made: { id: string }[] = [];
      await open(page, server, "/contacts");
      for (const [first_name, n] of [
        ["Ann", 43],
        ["Ben", 44],
        ["Cid", 45],
      ] as const)
        made.push(await send(page, "POST", "/api/contacts", { first_name, phone: `+120255501${n}` }));
      const funnel = await send(page, "POST", "/api/funnels", { name: "Two texts", graph: GRAPH });
      const campaign = await send(page, "POST", "/api/campaigns", {
        name: "Spring",
        funnel_id: funnel.id,
        audience: { contact_ids: [made[0]?.id] },
      });
      await send(page, "POST", `/api/campaigns/${campaign.id}/start`, {});
      await open(page, server, `/campaigns/${campaign.id}/people`);
      const line = (name: string) => main(page).locator(".person").filter({ hasText: name });
      await line("Ann").waitFor();
      check((await main(page).locator(".person").count()) === 1, "Somebody else is in it.");

      await page.getByRole("button", { name: "Add people" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: /All contacts/ }).check();
      await dialog.getByRole("button", { name: "Add them" }).click();
      await page.getByText("2 people begin at the first step.").waitFor();
      await line("Cid").waitFor();

      await line("Ben").getByRole("button", { name: "Take Ben out" }).click();
      await dialog.getByRole("button", { name: "Take out" }).click();
      await page.getByText("Ben gets nothing more of this campaign.").waitFor();
      await line("Ben").getByText("Taken out by hand").waitFor();
      check(
        (await line("Ben").getByRole("button", { name: "Take Ben out" }).count()) === 0,
        "They can be taken out again.",
      );

      await page.getByRole("button", { name: "Add people" }).click();
      await dialog.getByRole("radio", { name: /All contacts/ }).check();
      await dialog.getByRole("button", { name: "Add them" }).click();
      await page.getByText("All of them are in the campaign, or were.").waitFor();

      const problems: string[] = [];
      await judge(page, "people of a campaign", problems);
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, `/campaigns/${campaign.id}/people`);
      await phone.getByRole("button", { name: "Add people" }).click();
      await judge(phone, "people of a campaign on a phone", problems);
      check(problems.length === 0, problems.join("\n"));

      await page.getByRole("button", { name: "Duplicate" }).click();
      await page.getByRole("heading", { name: "Copy of Spring", level: 1 }).waitFor();
      await page.getByRole("heading", { name: "Launch check" }).waitFor();
      await page.getByRole("link", { name: "Funnel", exact: true }).click();
      await main(page).getByText("Second").first().waitFor();
    },
  },
];
