import type { Locator, Page } from "playwright-core";
import { judge, settle } from "./axe.ts";
import { check, type Kit, main, PHONE, type Server, signIn, type Test, until } from "./kit.ts";
import { open } from "./people.ts";

/** The funnel builder: by keyboard in the list, by mouse on the canvas, and what it never loses. */

type Wire = {
  id: string;
  name: string;
  version: number;
  graph: { nodes: { key: string; name: string; type: string }[]; edges: { from: string; to: string }[] };
};

async function signedIn(kit: Kit): Promise<{ server: Server; page: Page }> {
  const server = await kit.server();
  const page = await kit.page();
  await signIn(page, server);
  return { server, page };
}

const funnels = (page: Page): Promise<Wire[]> =>
  page.evaluate(async () => ((await (await fetch("/api/funnels")).json()) as { data: Wire[] }).data);

/** The funnel of this name, as the server has it. */
async function saved(page: Page, name: string): Promise<Wire> {
  const found = (await funnels(page)).find((one) => one.name === name);
  check(found !== undefined, `There is no funnel "${name}".`);
  return found;
}

/** Its ways by the names of the steps: `Email > Wait, Wait > Exit`. */
function ways({ graph }: Wire): string {
  const name = (key: string) => graph.nodes.find((node) => node.key === key)?.name ?? key;
  return graph.edges.map((edge) => `${name(edge.from)} > ${name(edge.to)}`).join(", ");
}

/** The steps in the list, by name. */
const steps = (page: Page): Promise<string[]> =>
  page
    .locator(".outline-step .strong")
    .evaluateAll((all) => all.map((one) => (one.lastChild?.textContent ?? "").trim()));

const is = (page: Page, wanted: string) =>
  until(`the steps ${wanted}`, 5000, async () => (await steps(page)).join(" ") === wanted);

/** Adds a step of this kind after the one that has the focus, and writes its name; the focus stays in its editor. */
async function addByKeys(page: Page, kind: string, name: string): Promise<void> {
  await page.keyboard.press("a");
  const menu = page.getByRole("dialog", { name: "Add a step" });
  await menu.waitFor();
  for (let step = 0; step < 24; step += 1) {
    const here = await page.evaluate(
      () => document.activeElement?.querySelector(".strong")?.textContent ?? "",
    );
    if (here === kind) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  const field = page.getByLabel("Name", { exact: true });
  await until("the focus in the name", 3000, () => field.evaluate((it) => it === document.activeElement));
  await page.keyboard.press("Control+A");
  await page.keyboard.type(name);
}

const tabTo = async (page: Page, wanted: Locator): Promise<void> => {
  for (let step = 0; step < 30; step += 1) {
    if (await wanted.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab does not lead there.");
};

const node = (page: Page, name: string) =>
  page.locator(".react-flow__node").filter({ has: page.getByText(name, { exact: true }) });

async function centre(of: Locator): Promise<{ x: number; y: number }> {
  const box = await of.boundingBox();
  check(box !== null, "It is not on the screen.");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
}

/** Shows all steps, and waits until they stand still. */
async function fit(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Fit View" }).click();
  let before = "";
  await until("the canvas to rest", 5000, async () => {
    const now = (await page.locator(".react-flow__viewport").getAttribute("style")) ?? "";
    const rests = now === before;
    before = now;
    return rests;
  });
}

async function save(page: Page, said: string): Promise<void> {
  await page.keyboard.press("Control+S");
  await page.getByText(said).last().waitFor();
}

export const tests: Test[] = [
  {
    name: "a funnel is built from blank in the list by keyboard alone, and is the same after a reload",
    async run(kit) {
      const { page } = await signedIn(kit);
      await page.keyboard.press("g");
      await page.keyboard.press("f");
      await page.getByRole("heading", { name: "Funnels", level: 1 }).waitFor();
      await page.keyboard.press("c");
      await page.locator(".react-flow__node").first().waitFor();
      await page.keyboard.press("l");
      await page.locator(".outline-step").waitFor();
      await page.keyboard.press("j");
      await addByKeys(page, "Email", "Intro");
      await page.getByText("problems").first().waitFor();
      await tabTo(page, page.getByLabel("Subject", { exact: true }));
      await page.keyboard.type("Hello");
      await tabTo(page, page.getByRole("textbox", { name: "Text", exact: true }));
      await page.keyboard.type("Hi ");
      await tabTo(page, page.getByRole("button", { name: "Insert a merge tag into Text" }));
      await page.keyboard.press("Enter");
      await tabTo(page, page.getByLabel("Where somebody has none, write"));
      await page.keyboard.type("you");
      await tabTo(page, page.getByRole("button", { name: "First name", exact: true }));
      await page.keyboard.press("Enter");
      const text = page.getByRole("textbox", { name: "Text", exact: true });
      await until(
        "the tag",
        3000,
        async () => (await text.inputValue()) === 'Hi {{ contact.first_name | default("you") }}',
      );
      await page.keyboard.press("Escape");
      await addByKeys(page, "Wait", "Rest");
      await page.keyboard.press("Escape");
      await addByKeys(page, "Condition", "Looked?");
      await page.keyboard.press("Escape");
      await addByKeys(page, "Exit", "End");
      await page.keyboard.press("Escape");
      await is(page, "Start Intro Rest Looked? End");

      // A way with a question, to a step of its own.
      await page.keyboard.press("k");
      await page.keyboard.press("Enter");
      await tabTo(page, page.getByRole("button", { name: "Add a way" }));
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Add a step" }).waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await until("the name of the text", 3000, () =>
        page.getByLabel("Name", { exact: true }).evaluate((it) => it === document.activeElement),
      );
      await page.keyboard.press("Control+A");
      await page.keyboard.type("Call");
      await tabTo(page, page.getByRole("textbox", { name: "Text", exact: true }));
      await page.keyboard.type("Shall I call? 😀");
      await page.getByText("1 segment, 16 of 70 characters, in Unicode").waitFor();
      await page.keyboard.press("Escape");
      await page.getByText("If opened").first().waitFor();
      await is(page, "Start Intro Rest Looked? Call End");

      // Up and down, and back.
      const second = page.locator("[data-step=N2]");
      await second.focus();
      await page.keyboard.press("Enter");
      await until("the name of the second step", 3000, () =>
        page.getByLabel("Name", { exact: true }).evaluate((it) => it === document.activeElement),
      );
      await page.keyboard.press("Escape");
      await until("the focus back on it", 3000, () => second.evaluate((it) => it === document.activeElement));
      await page.keyboard.press("Shift+ArrowDown");
      await is(page, "Start Rest Intro Looked? Call End");
      await page.keyboard.press("Control+Z");
      await is(page, "Start Intro Rest Looked? Call End");
      await page.keyboard.press("Delete");
      await is(page, "Start Rest Looked? Call End");
      await page.keyboard.press("Control+Z");
      await page.keyboard.press("Control+Shift+Z");
      await is(page, "Start Rest Looked? Call End");
      await page.keyboard.press("Control+Z");
      await is(page, "Start Intro Rest Looked? Call End");

      await page.keyboard.press("Control+S");
      await page.getByRole("dialog", { name: "Name the funnel" }).waitFor();
      await page.keyboard.type("By keyboard");
      await page.keyboard.press("Enter");
      await page.getByText("Saved as version 1.").waitFor();
      await page.waitForURL(/\/funnels\/fun_/);
      const wire = await saved(page, "By keyboard");
      check(
        ways(wire) === "Start > Intro, Intro > Rest, Rest > Looked?, Looked? > Call, Looked? > End",
        `The ways are ${ways(wire)}.`,
      );
      await page.reload();
      await settle(page);
      await is(page, "Start Intro Rest Looked? Call End");
      await page.keyboard.press("Control+S");
      await page.getByText("Nothing has changed since version 1.").waitFor();
      check((await saved(page, "By keyboard")).version === 1, "An unchanged funnel was saved again.");
    },
  },
  {
    name: "a funnel is built on the canvas by mouse: dragged, put on a way, connected, copied, undone, saved",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      await open(page, server, "/funnels/new");
      await node(page, "Start").waitFor();
      const menu = page.getByRole("dialog", { name: "Add a step" });
      await page.getByRole("button", { name: "Add a step after Start" }).click();
      await menu.getByRole("button", { name: /^Exit/ }).click();
      await node(page, "Exit").waitFor();
      // The button on the way, and the drop on it.
      await page.getByRole("button", { name: "Put a step here" }).click();
      await menu.getByRole("button", { name: /^Text/ }).click();
      await node(page, "Text").waitFor();
      await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello");
      const between = await centre(page.getByRole("button", { name: "Put a step here" }).last());
      await drag(page, await centre(page.getByRole("button", { name: "Add Wait", exact: true })), between);
      await node(page, "Wait").waitFor();
      await until("no problems", 5000, () => page.getByRole("status").getByText("No problems").isVisible());

      // A step that stands alone is dragged onto a way.
      await page.locator(".react-flow__pane").click({ position: { x: 600, y: 40 } });
      await page.getByRole("button", { name: "Add Stage", exact: true }).click();
      await node(page, "Stage").waitFor();
      await page.getByRole("status").getByText("1 problem").waitFor();
      await fit(page);
      await drag(
        page,
        await centre(node(page, "Stage")),
        await centre(page.getByRole("button", { name: "Put a step here" }).first()),
      );
      await page.getByText("No problems").waitFor();
      await page.getByRole("button", { name: "Tidy" }).click();

      // A further way, drawn from one step to another.
      await fit(page);
      const from = await node(page, "Text").boundingBox();
      const to = await node(page, "Exit").boundingBox();
      check(from !== null && to !== null, "The steps are not on the screen.");
      await drag(
        page,
        { x: from.x + from.width / 2, y: from.y + from.height },
        { x: to.x + to.width / 2, y: to.y },
      );
      await page.locator(".way-words").getByText("opened").waitFor();
      await page.getByRole("button", { name: "Tidy" }).click();
      await page.locator(".way-words").getByText("opened").click();
      await page.getByLabel("What, condition", { exact: true }).selectOption("contact.city");
      await page.getByLabel("Value, condition", { exact: true }).fill("Oslo");
      await page.locator(".way-words").getByText("City is Oslo").waitFor();
      await page.keyboard.press("Control+Z");
      await page.keyboard.press("Control+Shift+Z");
      await page.locator(".way-words").getByText("City is Oslo").waitFor();

      // The arrows walk, Enter opens, copies have other keys.
      await node(page, "Start").click();
      await page.keyboard.press("ArrowDown");
      await page.locator(".dock-head h2").getByText("2. Stage").waitFor();
      await page.keyboard.press("Control+C");
      await page.getByText("1 step copied.").waitFor();
      await page.keyboard.press("Control+V");
      await page.getByText("1 step pasted.").waitFor();
      check((await page.locator(".react-flow__node").count()) === 6, "The copy is not there.");
      await page.keyboard.press("Delete");
      await until(
        "the copy to go",
        3000,
        async () => (await page.locator(".react-flow__node").count()) === 5,
      );
      await page.keyboard.press("Control+Z");
      await page.keyboard.press("Control+Z");
      await until("no copy", 3000, async () => (await page.locator(".react-flow__node").count()) === 5);

      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("dialog").getByLabel("Name").fill("By mouse");
      await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved as version 1.").waitFor();
      const wire = await saved(page, "By mouse");
      check(
        ways(wire) === "Start > Stage, Stage > Text, Text > Exit, Text > Wait, Wait > Exit",
        `The ways are ${ways(wire)}.`,
      );
      const before = JSON.stringify(wire.graph);
      await page.waitForURL(/\/funnels\/fun_/);
      await page.reload();
      await node(page, "Stage").waitFor();
      // Moved by key, and saved: only the place is another one.
      await node(page, "Stage").click();
      await node(page, "Stage").focus();
      await page.keyboard.press("Shift+ArrowRight");
      await save(page, "Saved as version 2.");
      const after = await saved(page, "By mouse");
      check(JSON.stringify(after.graph) !== before, "The step was not moved.");
      check(ways(after) === ways(wire), "A way has changed.");

      // Into another funnel: behind the step that is chosen in the list.
      await page.keyboard.press("Control+C");
      await page.getByText("1 step copied.").waitFor();
      await open(page, server, "/funnels/new?view=list");
      await page.locator(".outline-step").click();
      await page.keyboard.press("Control+V");
      await is(page, "Start Stage");
      await page.getByText("No problems").waitFor();
    },
  },
  {
    name: "nothing is lost: a reload, a way out, a graph that cannot run, and two tabs",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      const first = await saved(page, "Cold outreach, three touches");
      const address = `/funnels/${first.id}`;
      const other = await page.context().newPage();
      await open(page, server, `${address}?view=list`);
      await other.goto(`${server.address}${address}?view=list`);
      await settle(other);

      const rename = async (tab: Page, name: string) => {
        await tab.locator(".outline-step").nth(1).click();
        await tab.getByLabel("Name", { exact: true }).fill(name);
        await tab.getByText("Unsaved", { exact: true }).waitFor();
      };
      await rename(page, "Mine");
      await page.reload();
      await settle(page);
      await page.getByText("Your unsaved changes are back.").waitFor();
      check((await steps(page))[1] === "Mine", "The reload has lost the name.");

      await main(page).getByRole("link", { name: "All funnels" }).click();
      await page.getByRole("dialog", { name: "Leave without saving?" }).waitFor();
      await page.getByRole("button", { name: "Stay" }).click();

      // Without a way for everybody else nobody could go on.
      await page.locator(".outline-step").nth(1).click();
      await page.getByLabel("Text", { exact: true }).fill("{{ contact.frist_name }}");
      await page.keyboard.press("Control+S");
      const refused = page.getByRole("dialog", { name: "Not saved yet: 1 thing to correct" });
      await refused
        .getByText(/first_name/)
        .first()
        .waitFor();
      await refused.getByRole("button", { name: /Mine/ }).click();
      await refused.waitFor({ state: "detached" });
      await page.getByLabel("Text", { exact: true }).fill("Hello");

      await rename(other, "Theirs");
      await save(other, `Saved as version ${first.version + 1}.`);
      await page.keyboard.press("Control+S");
      const newer = page.getByRole("dialog", { name: "Somebody else has saved this funnel" });
      await newer.waitFor();
      await newer.getByRole("button", { name: "Save as my copy" }).click();
      await page.getByText("Saved as a funnel of its own.").waitFor();
      const copy = await saved(page, `${first.name} (my copy)`);
      const theirs = await saved(page, first.name);
      check(copy.graph.nodes[1]?.name === "Mine", "The copy is not mine.");
      check(theirs.graph.nodes[1]?.name === "Theirs", "Theirs was overwritten.");

      // The other way: theirs instead of mine.
      await open(page, server, `${address}?view=list`);
      await rename(page, "Mine again");
      await rename(other, "Theirs again");
      await save(other, `Saved as version ${first.version + 2}.`);
      await page.keyboard.press("Control+S");
      await newer.getByRole("button", { name: "Reload theirs" }).click();
      await is(page, (await steps(other)).join(" "));
      await page.reload();
      await settle(page);
      check((await steps(page))[1] === "Theirs again", "What was given up came back.");
      await other.close();
    },
  },
  {
    name: "the gallery and the builder are clean in both themes, at a desk and on a phone",
    async run(kit) {
      const { server, page } = await signedIn(kit);
      const problems: string[] = [];
      const branched = await saved(page, "Event invitation");
      const at = branched.graph.nodes.find(({ type }) => type === "condition")?.name ?? "";
      await open(page, server, "/funnels");
      await judge(page, "gallery", problems);
      await open(page, server, `/funnels/${branched.id}`);
      await node(page, at).click();
      await judge(page, "canvas with a condition", problems);
      await page.getByRole("button", { name: "Put a step here" }).first().click();
      await judge(page, "kinds of steps", problems);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "List" }).click();
      await page.locator(".outline-step").first().click();
      await page.getByRole("textbox", { name: "Text", exact: true }).fill("");
      await page.getByRole("status").getByText("1 problem").waitFor();
      await page.getByRole("button", { name: "Insert a merge tag into Text" }).click();
      await judge(page, "list with a problem", problems);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+S");
      await page.getByRole("dialog").waitFor();
      await judge(page, "refusal", problems);

      const phone = await kit.page(PHONE);
      await signIn(phone, server);
      await open(phone, server, "/funnels");
      await judge(phone, "gallery 390 px", problems);
      await open(phone, server, `/funnels/${branched.id}`);
      await phone.locator(".outline-step").first().waitFor();
      await judge(phone, "list 390 px", problems);
      // All of the editing is there: add, write, move, delete.
      await phone.locator(".outline-step").nth(1).click();
      await judge(phone, "step 390 px", problems);
      await phone.getByRole("button", { name: "Add a step after", exact: true }).click();
      await judge(phone, "kinds of steps 390 px", problems);
      await phone.getByRole("dialog", { name: "Add a step" }).getByRole("button", { name: /^Wait/ }).click();
      await phone.getByLabel("Name", { exact: true }).fill("Rest on the way");
      await phone.getByLabel("Number").fill("1.5");
      await phone.getByLabel("Unit").selectOption("hours");
      await phone.getByRole("button", { name: "Move up", exact: true }).click();
      await phone.getByRole("button", { name: "Back to the list" }).click();
      check(
        (await steps(phone)).slice(0, 3).join() === "Invitation,Rest on the way,Invited",
        "It is not there.",
      );
      await phone.getByText("Waits 1 hour 30 min").waitFor();
      await phone.getByText("Rest on the way").click();
      await phone.getByRole("button", { name: "Delete step" }).click();
      await phone.getByText("Rest on the way").waitFor({ state: "detached" });
      await phone.getByRole("button", { name: "Undo", exact: true }).first().click();
      await phone.getByText("Rest on the way").waitFor();
      await phone.getByRole("button", { name: "Canvas" }).click();
      await phone.locator(".react-flow__node").first().waitFor();
      await phone.getByText("For looking. Edit in the list.").waitFor();
      check(
        (await phone.getByRole("button", { name: "Put a step here" }).count()) === 0,
        "A phone edits on the canvas.",
      );
      await judge(phone, "canvas 390 px", problems);
      check(problems.length === 0, problems.join("\n      "));
    },
  },
];
