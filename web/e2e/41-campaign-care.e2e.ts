import { judge } from "./axe.ts";
import { check, main, type Test } from "./kit.ts";
import { open, ready, send } from "./people.ts";

/** What is due is sent by hand, thresholds are set, and what goes wrong is on the campaign's page. */

const GRAPH = {
  nodes: [
    { key: "T1", type: "sms_send", name: "First", config: { body: "Hello {{ contact.city }}" }, x: 0, y: 0 },
    { key: "W1", type: "wait", name: "A day", config: { seconds: 86_400 }, x: 0, y: 120 },
  ],
  edges: [{ from: "T1", to: "W1" }],
};

export const tests: Test[] = [
  {
    name: "what is due is sent with a word on everybody, and thresholds have bounds",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      const ann = await send(page, "POST", "/api/contacts", { first_name: "Ann", phone: "+12025550171" });
      const funnel = await send(page, "POST", "/api/funnels", { name: "One text", graph: GRAPH });
      const campaign = await send(page, "POST", "/api/campaigns", {
        name: "Spring",
        funnel_id: funnel.id,
        audience: { contact_ids: [ann.id] },
      });
      await send(page, "POST", `/api/campaigns/${campaign.id}/start`, {});
      await open(page, server, `/campaigns/${campaign.id}/people`);
      await main(page).locator(".person").filter({ hasText: "Held" }).waitFor();
      await main(page).getByRole("button", { name: "Send what is due" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Send what is due" }).click();
      await dialog.getByText("No value for contact.city").waitFor();
      await judge(page, "what became of what is due", problems);
      await dialog.getByRole("button", { name: "Done" }).click();

      await open(page, server, `/campaigns/${campaign.id}`);
      await main(page).getByText("pauses above 0.3 % of at least 100").waitFor();
      await judge(page, "how a campaign is received", problems);

      await open(page, server, "/settings/sending");
      const most = page.getByLabel("Marked as spam, %");
      await most.fill("7");
      await page.getByRole("button", { name: "Save thresholds" }).click();
      await page.getByText("Choose from 0.1 % to 1 % of the messages").waitFor();
      await most.fill("0.2");
      await page.getByRole("button", { name: "Save thresholds" }).click();
      await page.getByText("It counts from the next message on").waitFor();
      await judge(page, "thresholds and quiet hours", problems);
      await open(page, server, "/settings/sending");
      check((await most.inputValue()) === "0.2", "The threshold is not kept.");
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
