import { useCommands } from "~/lib/use-hotkeys.ts";
import { canMoveDown, canMoveUp, moveDown, moveUp } from "./edits.ts";
import { linesOf } from "./outline.ts";
import { spotFor, type Workbench } from "./use-builder.ts";

/** The keys of the builder. Those that type into no field work in fields too. */
export function useBuilderCommands(
  bench: Workbench,
  page: { view: string; show: (view: string) => void; save: () => void; tidy: () => void },
): void {
  const { graph, open, selected, edit, outline, select } = bench;
  const isList = page.view === "list";
  const group = "Funnel";
  // A dialog in front has its own keys.
  const free = (run: () => void) => () => {
    if (document.querySelector("dialog[open]") === null) run();
  };
  const walk = (by: number) => {
    const lines = linesOf(outline);
    const at = lines.findIndex((line) => line.node.key === open);
    const next = lines[Math.max(0, Math.min(lines.length - 1, at + by))]?.node.key;
    if (next === undefined) return;
    select([next]);
    document.querySelector<HTMLElement>(`[data-step="${CSS.escape(next)}"]`)?.focus();
  };
  const swap = (by: -1 | 1) => {
    if (open === null) return;
    if (by === -1 ? canMoveUp(graph, open) : canMoveDown(graph, open))
      edit((now) => (by === -1 ? moveUp(now, open) : moveDown(now, open)));
  };
  const beside = () =>
    document.querySelector(
      `[data-step="${CSS.escape(open ?? "")}"], .react-flow__node[data-id="${CSS.escape(open ?? "")}"]`,
    );
  useCommands([
    {
      id: "funnel.save",
      label: "Save the funnel",
      group,
      keys: "mod+s",
      inFields: true,
      icon: "check",
      run: free(page.save),
    },
    {
      id: "funnel.undo",
      label: "Undo",
      group,
      keys: "mod+z",
      inFields: true,
      icon: "undo",
      run: free(bench.undo),
    },
    {
      id: "funnel.redo",
      label: "Redo",
      group,
      keys: "mod+shift+z",
      inFields: true,
      icon: "redo",
      run: free(bench.redo),
    },
    {
      id: "funnel.redo-y",
      label: "Redo",
      group,
      keys: "mod+y",
      inFields: true,
      hidden: true,
      run: free(bench.redo),
    },
    {
      id: "funnel.view",
      label: isList ? "Show the funnel as a canvas" : "Show the funnel as a list",
      group,
      keys: "l",
      icon: isList ? "graph" : "list",
      run: () => page.show(isList ? "canvas" : "list"),
    },
    {
      id: "funnel.yaml",
      label: "Show the funnel as YAML",
      group,
      icon: "file",
      run: () => page.show("yaml"),
    },
    { id: "funnel.tidy", label: "Tidy the canvas", group, icon: "tidy", run: page.tidy },
    {
      id: "funnel.add",
      label: "Add a step after this one",
      group,
      keys: "a",
      icon: "plus",
      run: () => bench.askKind(spotFor(bench), beside()),
    },
    {
      id: "funnel.delete",
      label: "Delete the chosen steps",
      group,
      keys: "delete",
      icon: "trash",
      run: () => bench.remove(selected),
    },
    {
      id: "funnel.backspace",
      label: "Delete the chosen steps",
      group,
      keys: "backspace",
      hidden: true,
      run: () => bench.remove(selected),
    },
    {
      id: "funnel.all",
      label: "Choose all steps",
      group,
      keys: "mod+a",
      run: () => select(graph.nodes.map((node) => node.key)),
    },
    { id: "funnel.copy", label: "Copy the chosen steps", group, icon: "copy", run: bench.copy },
    { id: "funnel.paste", label: "Paste steps", group, icon: "copy", run: bench.paste },
    ...(isList
      ? [
          {
            id: "funnel.next",
            label: "Next step",
            group,
            keys: "arrowdown",
            hidden: true,
            run: () => walk(1),
          },
          {
            id: "funnel.previous",
            label: "Previous step",
            group,
            keys: "arrowup",
            hidden: true,
            run: () => walk(-1),
          },
          { id: "funnel.j", label: "Next step", group, keys: "j", hidden: true, run: () => walk(1) },
          { id: "funnel.k", label: "Previous step", group, keys: "k", hidden: true, run: () => walk(-1) },
          { id: "funnel.up", label: "Move the step up", group, keys: "shift+arrowup", run: () => swap(-1) },
          {
            id: "funnel.down",
            label: "Move the step down",
            group,
            keys: "shift+arrowdown",
            run: () => swap(1),
          },
        ]
      : []),
  ]);
}
