import { judge, settle } from "./axe.ts";
import { check, PHONE, signIn, type Test, until } from "./kit.ts";
import { ADMIN, open, ready, send } from "./people.ts";

/** Steps that change the contact and steps that ask for a person: drawn, run, done with a key. */

type Made = { id: string };

export const tests: Test[] = [
  {
    name: "a funnel asks for a call and changes the contact; the task is done with a key and taken back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/tasks");
      await page.getByText("Nothing is to be done.").waitFor();
      await judge(page, "no task", problems);

      // Drawn in the list.
      await open(page, server, "/funnels/new");
      await page.locator(".react-flow__node").first().waitFor();
      await page.keyboard.press("l");
      await page.locator(".outline-step").waitFor();
      const add = async (kind: string) => {
        await page.locator(".outline-step").last().focus();
        await page.keyboard.press("a");
        const menu = page.getByRole("dialog", { name: "Add a step" });
        await menu.locator(".kind-item", { hasText: kind }).first().click();
      };
      await add("Task");
      await page.getByLabel("In one line", { exact: true }).fill("Call {{ contact.first_name }}");
      await page.getByLabel("Instructions", { exact: true }).fill("Ask for the fleet manager.");
      await page.getByLabel("Go on after some time, done or not").check();
      await judge(page, "the editor of a task", problems);
      await add("Update contact");
      await page.getByLabel("Set another field").selectOption({ label: "Job title" });
      await page.getByLabel("Job title", { exact: true }).fill("Fleet manager");
      await page.getByLabel("Put on these tags").click();
      await page.keyboard.type("Spoken to");
      await page.keyboard.press("Enter");
      await page.getByLabel("Set the status to").selectOption("Needs BDR");
      await judge(page, "the editor of a change", problems);
      await page.getByText("Sets job title, tag Spoken to on, status Needs BDR").first().waitFor();
      await add("AI draft");
      await page.getByRole("textbox", { name: "What to write", exact: true }).fill("Ask what they use today");
      await page.getByText("No provider for AI drafts is connected yet.").first().waitFor();
      await page.getByRole("button", { name: "Delete step" }).click();
      await page.keyboard.press("Control+S");
      await page.getByRole("dialog", { name: "Name the funnel" }).waitFor();
      await page.keyboard.type("Calls");
      await page.keyboard.press("Enter");
      await page.waitForURL(/\/funnels\/fun_/);
      const funnel = new URL(page.url()).pathname.split("/").pop();

      for (const name of ["Ada", "Bo"])
        await send(page, "POST", "/api/contacts", { email: `${name}@people.example`, first_name: name });
      const campaign = (await send(page, "POST", "/api/campaigns", {
        name: "Calls in June",
        funnel_id: funnel,
        audience: { all: true },
      })) as Made;
      await send(page, "POST", `/api/campaigns/${campaign.id}/start`, {});
      await open(page, server, "/tasks");
      await page.locator(".task").nth(1).waitFor();
      await page.getByRole("link", { name: "Tasks" }).getByText("2").waitFor();
      await judge(page, "tasks", problems);

      // Moved to, done, taken back, done again.
      const titles = () => page.locator(".task .strong").allTextContents();
      const [first = "", second = ""] = await titles();
      await page.keyboard.press("j");
      await page.keyboard.press("e");
      await page.getByText(`Done: ${second}`).waitFor();
      await until("the task off the list", 3000, async () => (await titles()).join() === first);
      await page.keyboard.press("z");
      await until("the task back on the list", 5000, async () => (await titles()).length === 2);
      await page.keyboard.press("k");
      await page.keyboard.press("e");
      await page.getByText(`Done: ${first}`).last().waitFor();
      const name = first.replace("Call ", "");
      await page.getByLabel("Which tasks").selectOption("done");
      await page.locator(".task", { hasText: first }).getByRole("link", { name }).click();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      // The campaign goes on a moment later, and what it changes is shown as it happens.
      await until("the changed job title", 30_000, () =>
        page.evaluate(async () => {
          const answer = await fetch("/api/contacts?status=Needs%20BDR");
          const all = (await answer.json()) as { data: { title: string | null }[] };
          return all.data[0]?.title === "Fleet manager";
        }),
      );
      await page.getByText("A campaign changed it").waitFor();
      await page.getByText("A task was done").waitFor();

      const phone = await kit.page(PHONE);
      await signIn(phone, { ...server, login: ADMIN });
      await open(phone, server, "/tasks");
      await phone.locator(".task").waitFor();
      await settle(phone);
      const wide = await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      check(!wide, "The page of tasks is wider than the phone.");
      await judge(phone, "tasks on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
