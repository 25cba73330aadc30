import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, type Kit, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { open } from "./people.ts";

/** Funnels as files, as YAML in the builder, and rehearsed. */

type Wire = { id: string; name: string; version: number; graph: { nodes: unknown[]; edges: unknown[] } };

async function signedIn(kit: Kit): Promise<{ server: Server; page: Page }> {
  const server = await kit.server();
  const page = await kit.page();
  await signIn(page, server);
  return { server, page };
}

const funnels = (page: Page): Promise<Wire[]> =>
  page.evaluate(async () => ((await (await fetch("/api/funnels")).json()) as { data: Wire[] }).data);

/** The funnel with the most ways. */
async function branched(page: Page): Promise<Wire> {
  const all = await funnels(page);
  const most = all.sort((a, b) => b.graph.edges.length - a.graph.edges.length)[0];
  check(most !== undefined, "There is no funnel.");
  return most;
}

const area = (page: Page) => page.getByLabel("The funnel as YAML", { exact: true });

const IMPORTED = `name: From a file
steps:
  - key: first
    type: sms_send
    name: First text
    config:
      body: Hello {{ contact.first_nam }}
  - key: end
    type: exit
edges:
  - from: first
    to: end
`;

export const tests: Test[] = [
  {
    name: "a funnel goes out as a file in each format and comes in again the same",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      const funnel = await branched(page);
      for (const format of ["YAML", "JSON", "CSV"]) {
        await open(page, server, `/funnels/${funnel.id}`);
        await page.getByRole("button", { name: "Export" }).click();
        const [download] = await Promise.all([
          page.waitForEvent("download"),
          page.locator(".funnel-export-pop").getByRole("button", { name: format }).click(),
        ]);
        check(
          download.suggestedFilename().endsWith(`.${format.toLowerCase()}`),
          download.suggestedFilename(),
        );
        const text = readFileSync(await download.path(), "utf8");
        await open(page, server, "/funnels");
        await page.getByRole("button", { name: "Import a file" }).click();
        const dialog = page.getByRole("dialog", { name: "Import a funnel" });
        await dialog.getByLabel("File with a funnel").setInputFiles({
          name: download.suggestedFilename(),
          mimeType: "text/plain",
          buffer: Buffer.from(text),
        });
        await dialog.getByText("A campaign can run on it.").waitFor();
        await dialog.getByLabel("Name", { exact: true }).fill(`Again ${format}`);
        await dialog.getByRole("button", { name: "Make it a funnel" }).click();
        await page.waitForURL(/\/funnels\/fun_/);
        const made = (await funnels(page)).find(({ name }) => name === `Again ${format}`);
        check(
          JSON.stringify(made?.graph) === JSON.stringify(funnel.graph),
          `${format} is another funnel: ${JSON.stringify(made?.graph)}`,
        );
      }
    },
  },
  {
    name: "a pasted file says what is wrong with it by line, becomes a funnel, and then a version of it",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      await open(page, server, "/funnels");
      await page.getByRole("button", { name: "Import a file" }).click();
      const dialog = page.getByRole("dialog", { name: "Import a funnel" });
      const read = async (text: string) => {
        await dialog.getByLabel("Or paste it").fill(text);
        await dialog.getByRole("button", { name: "Read it" }).click();
      };
      await read("steps:\n  - key: a\n    type: wait\n    config:\n      seconds: soon\n");
      await dialog.getByText("Line 5, column 16").waitFor();
      check(await dialog.getByRole("button", { name: "Make it a funnel" }).isDisabled(), "It may be saved.");
      await dialog.getByRole("button", { name: "Another file" }).click();
      await read(IMPORTED);
      await dialog.getByText("Line 3").waitFor();
      await dialog.getByText("1 thing to correct").waitFor();
      await dialog.getByRole("button", { name: "Another file" }).click();
      await read(IMPORTED.replace("first_nam ", "first_name "));
      await dialog.getByRole("button", { name: "Make it a funnel" }).click();
      await page.waitForURL(/\/funnels\/fun_/);

      // The next version of the same.
      await open(page, server, "/funnels");
      await page.getByRole("button", { name: "Import a file" }).click();
      await read(IMPORTED.replace("Hello {{ contact.first_nam }}", "Another text"));
      await dialog.getByLabel("Make it version 2 of that one").check();
      await dialog.getByRole("button", { name: "Save as version 2" }).click();
      await page.getByText("Imported as version 2.").waitFor();
      const saved = (await funnels(page)).filter(({ name }) => name === "From a file");
      check(saved.length === 1 && saved[0]?.version === 2, JSON.stringify(saved));
    },
  },
  {
    name: "what is written as YAML is applied as one step of undo, and what is wrong keeps what was typed",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      const funnel = await branched(page);
      await open(page, server, `/funnels/${funnel.id}`);
      await page.getByRole("button", { name: "YAML" }).click();
      await area(page).waitFor();
      const before = await area(page).inputValue();
      check(before.startsWith("overture: funnel/1\n"), before.slice(0, 200));
      check((await page.getByText("Unsaved").count()) === 0, "Looking at it is a change.");
      await area(page).fill(before.replace("type: wait", "type: weit"));
      await page.getByText("Not applied").waitFor();
      await page.getByText("unknown variant `weit`").waitFor();
      await page.getByRole("button", { name: "Apply" }).click();
      await until("the line that is wrong", 5000, () =>
        area(page).evaluate((it) => {
          const { value, selectionStart, selectionEnd } = it as HTMLTextAreaElement;
          return value.slice(selectionStart, selectionEnd).includes("weit");
        }),
      );
      check((await area(page).inputValue()).includes("type: weit"), "What was typed is gone.");
      await area(page).fill(before.replace(/name: .*\n/, "name: Renamed in YAML\n"));
      await page.keyboard.press("Control+Enter");
      await page.getByRole("heading", { name: "Renamed in YAML" }).waitFor();
      await page.getByText("Unsaved").waitFor();
      await page.getByRole("button", { name: "Undo", exact: true }).first().click();
      await until("the text as it was", 5000, async () => (await area(page).inputValue()) === before);
      await page.getByText("Unsaved").waitFor({ state: "detached" });
    },
  },
  {
    name: "the pages of files and YAML have nothing to find for axe, at a desk and on a phone",
    async run(kit) {
      const problems: string[] = [];
      const { server, page } = await signedIn(kit);
      const funnel = await branched(page);
      for (const [where, at] of [
        ["desk", page],
        ["390 px", await kit.page(PHONE)],
      ] as const) {
        if (at !== page) await signIn(at, server);
        await open(at, server, `/funnels/${funnel.id}?view=yaml`);
        await settle(at);
        await area(at).waitFor();
        await judge(at, `YAML ${where}`, problems);
        await area(at).fill("steps: 5\n");
        await at.getByText("is not a list").waitFor();
        await judge(at, `YAML with an error ${where}`, problems);
        await at.getByRole("button", { name: "Discard" }).click();
        await at.getByRole("button", { name: "Export" }).click();
        await judge(at, `export ${where}`, problems);
        await open(at, server, "/funnels");
        await at.getByRole("button", { name: "Import a file" }).click();
        const dialog = at.getByRole("dialog", { name: "Import a funnel" });
        await judge(at, `import ${where}`, problems);
        await dialog.getByLabel("Or paste it").fill(IMPORTED);
        await dialog.getByRole("button", { name: "Read it" }).click();
        await dialog.getByText("Line 3").waitFor();
        await judge(at, `import with problems ${where}`, problems);
      }
      check(problems.length === 0, problems.join("\n      "));
    },
  },
  {
    name: "a funnel is tried with a hundred people and with one contact, at a desk and on a phone",
    async run(kit) {
      const problems: string[] = [];
      const { server, page } = await signedIn(kit);
      const funnel = await branched(page);
      await open(page, server, `/funnels/${funnel.id}`);
      await page.locator(".react-flow__node").first().waitFor();
      await page.getByRole("button", { name: "Try it", exact: true }).click();
      const panel = page.getByRole("complementary", { name: "Try it" });
      await panel.getByRole("heading", { name: /messages? to 100 people/ }).waitFor();
      await until(
        "the counts on the canvas",
        5000,
        async () => (await page.locator(".react-flow__node .step-reached").first().textContent()) === "100",
      );
      await judge(page, "try with many", problems);
      await panel.getByLabel("One of them", { exact: true }).last().selectOption({ index: 1 });
      await panel.getByText("Day 1", { exact: false }).first().waitFor();
      await judge(page, "try with one of many", problems);
      await panel.getByLabel("How many", { exact: true }).selectOption("1000");
      await panel.getByRole("heading", { name: /messages? to 1,000 people/ }).waitFor();
      await panel.getByRole("button", { name: "A contact" }).click();
      const contact = panel.getByRole("combobox", { name: "Contact" });
      await contact.fill("a");
      await panel.getByRole("option").first().waitFor();
      await contact.press("Enter");
      await panel.getByText("Day 1", { exact: false }).first().waitFor();
      check((await page.locator(".step-reached").count()) === 0, "There are counts for one person.");
      await judge(page, "try with a contact", problems);
      await page.keyboard.press("Escape");
      await panel.waitFor({ state: "detached" });
      check((await page.getByText("Unsaved").count()) === 0, "A rehearsal has changed the funnel.");

      const phone = await kit.page(PHONE);
      await signIn(phone, server);
      await open(phone, server, `/funnels/${funnel.id}`);
      await phone.locator(".outline-step").first().waitFor();
      await phone.getByRole("button", { name: "Try it", exact: true }).click();
      const covers = phone.getByRole("complementary", { name: "Try it" });
      await covers.getByRole("heading", { name: /messages? to 100 people/ }).waitFor();
      await judge(phone, "try 390 px", problems);
      await covers.locator(".try-step").first().click();
      await covers.waitFor({ state: "detached" });
      check(problems.length === 0, problems.join("\n      "));
    },
  },
  {
    name: "a message is looked at as one contact after the other, those first who lack something",
    async run(kit) {
      const problems: string[] = [];
      const { server, page } = await signedIn(kit);
      const funnel = await branched(page);
      for (const [where, at] of [
        ["desk", page],
        ["390 px", await kit.page(PHONE)],
      ] as const) {
        if (at !== page) await signIn(at, server);
        await open(at, server, `/funnels/${funnel.id}?view=list`);
        await at.locator(".outline-step", { hasText: "Email" }).first().click();
        const text = at.getByRole("textbox", { name: "Text", exact: true });
        await text.fill("Hi {{ contact.first_name }}, you in {{ contact.custom_nothing }}");
        const preview = at.getByRole("region", { name: "Preview as a contact" });
        await preview.getByRole("button", { name: "Show" }).click();
        await preview.getByText("there is no field").waitFor();
        await text.fill("Hi {{ contact.first_name }}, you in {{ contact.country }}");
        await preview.getByText("is missing for").first().waitFor();
        await preview.locator("mark").first().waitFor();
        const first = await preview.locator(".preview-who .strong").textContent();
        await preview.getByRole("button", { name: "Next contact" }).click();
        await preview.getByText(/^2 of /).waitFor();
        await at.keyboard.press("k");
        await preview.getByText(/^1 of /).waitFor();
        check(
          (await preview.locator(".preview-who .strong").textContent()) === first,
          "It is somebody else.",
        );
        await preview.getByRole("searchbox", { name: "Find a contact" }).fill("Mensah");
        await preview.locator(".preview-who").filter({ hasText: "Mensah" }).waitFor();
        await judge(at, `preview ${where}`, problems);
      }
      check(problems.length === 0, problems.join("\n      "));
    },
  },
];
