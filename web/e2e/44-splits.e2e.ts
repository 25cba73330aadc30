import { judge } from "./axe.ts";
import { check, main, type Test } from "./kit.ts";
import { open, ready, send } from "./people.ts";

/** The variants of a split, a winner that a person names, and the people behind a number of the picture. */

const step = (key: string, type: string, name: string, config: object, x: number, y: number) => ({
  key,
  type,
  name,
  config,
  x,
  y,
});
const VARIANTS = [
  { key: "a", weight: 1 },
  { key: "b", weight: 1 },
];
const GRAPH = {
  nodes: [
    step("ab", "split", "Which text?", { variants: VARIANTS, winner: { sample: 20, confidence: 95 } }, 0, 0),
    step("TA", "sms_send", "Short", { body: "Hello" }, -140, 120),
    step("TB", "sms_send", "Long", { body: "Hello, how are you?" }, 140, 120),
    step("W", "wait", "A day", { seconds: 86_400 }, 0, 240),
  ],
  edges: [
    { from: "ab", to: "TA", condition: { split: "ab", variant: "a" } },
    { from: "ab", to: "TB", condition: { split: "ab", variant: "b" } },
    { from: "TA", to: "W" },
    { from: "TB", to: "W" },
  ],
};

export const tests: Test[] = [
  {
    name: "a variant wins by hand and is taken back, and a number leads to as many people",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/contacts");
      const people = [];
      for (let n = 0; n < 6; n += 1) {
        const contact = { first_name: `P${n}`, phone: `+1202555018${n}` };
        people.push((await send(page, "POST", "/api/contacts", contact)).id);
      }
      const funnel = await send(page, "POST", "/api/funnels", { name: "Two texts", graph: GRAPH });
      const asked = { name: "Spring", funnel_id: funnel.id, audience: { contact_ids: people } };
      const { id } = await send(page, "POST", "/api/campaigns", asked);
      await send(page, "POST", `/api/campaigns/${id}/start`, {});

      await open(page, server, `/campaigns/${id}/funnel?view=list&overlay=here`);
      const wait = main(page).locator(".node-line").filter({ hasText: "A day" });
      await wait.locator(".figure-link").filter({ hasText: "6" }).waitFor();
      await judge(page, "an overlay in the list", problems);
      await main(page).getByRole("button", { name: "Canvas" }).click();
      await main(page).getByRole("button", { name: "Sent", exact: true }).click();
      const short = main(page).locator(".step-card").filter({ hasText: "Short" });
      const number = Number(await short.locator(".step-count").textContent());
      await judge(page, "an overlay on the canvas", problems);
      await short.click();
      await page.waitForURL(/overlay=sent&node=TA/);
      if (number === 0) await main(page).getByText("Nobody is there right now").waitFor();
      else
        await main(page)
          .locator(".person")
          .nth(number - 1)
          .waitFor();
      check(
        (await main(page).locator(".person").count()) === number,
        `${number} is not as long as its list.`,
      );

      await open(page, server, `/campaigns/${id}`);
      await main(page).getByText("The next look is when 20 people of each variant").waitFor();
      await main(page).getByRole("button", { name: "Let B win" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Let it win" }).click();
      await main(page).getByText("B has won", { exact: true }).waitFor();
      await judge(page, "a split that is decided", problems);
      await open(page, server, `/campaigns/${id}/steps`);
      await page.getByText("Which text?").first().click();
      await page.getByText("B has won").waitFor();
      await page.getByLabel("People of each variant at least").waitFor();
      await judge(page, "a split in the step editor", problems);
      await open(page, server, `/campaigns/${id}`);
      await main(page).getByRole("button", { name: "Take it back" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
      await main(page).getByRole("button", { name: "Let the numbers decide again" }).waitFor();
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
