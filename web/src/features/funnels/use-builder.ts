import { createContext, useCallback, useContext, useMemo, useState } from "react";
import type { Funnel, Graph, Problem } from "~/api/types/funnels.ts";
import { useSame } from "~/lib/use-same.ts";
import { begin, commit, type History, redo, undo } from "./history.ts";
import { endOf, type Outline, outline } from "./outline.ts";
import { isHeap, tidy } from "./tidy.ts";

/** What is edited: all of a funnel that a person can change. */
export type Draft = { name: string; description: string; graph: Graph };

/** Where the editing began: what the server has, and as which version. */
export type Base = { id: string | null; version: number; draft: Draft };

/** A funnel as it is opened; steps that nobody has drawn yet are laid out first, which is no change. */
export function opened(funnel: Funnel): Base {
  const graph = isHeap(funnel.graph) ? tidy(funnel.graph) : funnel.graph;
  return {
    id: funnel.id,
    version: funnel.version,
    draft: { name: funnel.name, description: funnel.description ?? "", graph },
  };
}

/** A funnel that is not there yet. */
export const BLANK: Base = {
  id: null,
  version: 0,
  draft: {
    name: "",
    description: "",
    graph: {
      nodes: [{ key: "N1", type: "stage", name: "Start", config: {}, x: 0, y: 0 }],
      edges: [],
    },
  },
};

export const sameDraft = (one: Draft, other: Draft): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** Where a new step goes when only "add" is said: after the chosen one, or at the end. */
export function spotFor({ open, outline: listed }: Pick<Builder, "open" | "outline">): Spot {
  const key = open ?? endOf(listed);
  return key === null ? { where: "first" } : { where: "after", key };
}

/** Where a new step goes. */
export type Spot =
  | { where: "after" | "branch"; key: string }
  | { where: "on"; at: number }
  | { where: "first" };

export type Builder = {
  base: Base;
  draft: Draft;
  graph: Graph;
  outline: Outline;
  dirty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  undo: () => void;
  redo: () => void;
  /** Changes the graph; changes that are `about` the same and close in time are one step back. */
  edit: (next: (graph: Graph) => Graph | null | undefined, about?: string) => void;
  describe: (words: { name: string; description: string }) => void;
  /** Puts another draft in its place, as one step back. */
  apply: (draft: Draft) => void;
  selected: ReadonlySet<string>;
  select: (keys: Iterable<string>) => void;
  /** The step in the editor: the one that is chosen, or the one that the chosen way leaves. */
  open: string | null;
  /** The chosen way, by its place among the edges. */
  way: number | null;
  selectWay: (at: number | null) => void;
  nameOf: (key: string) => string;
  /** What the server now has. */
  settle: (base: Base) => void;
};

/** The choice with one more step, or one fewer. */
export function toggled(keys: ReadonlySet<string>, key: string): Set<string> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

const NONE: ReadonlySet<string> = new Set();

export function useBuilder(first: Base, restored: Draft | null): Builder {
  const [base, settle] = useState(first);
  const [history, setHistory] = useState<History<Draft>>(() =>
    // What was restored can be undone: the step before it is what the server has.
    restored ? commit(begin(first.draft), restored, 0) : begin(first.draft),
  );
  const [chosen, setChosen] = useState<{ keys: ReadonlySet<string>; way: number | null }>({
    keys: NONE,
    way: null,
  });
  const draft = history.now;
  const { graph } = draft;

  const edit = useCallback((next: (graph: Graph) => Graph | null | undefined, about?: string) => {
    setHistory((now) => {
      const after = next(now.now.graph) ?? now.now.graph;
      return after === now.now.graph
        ? now
        : commit(now, { ...now.now, graph: after }, performance.now(), about);
    });
  }, []);
  const describe = useCallback((words: { name: string; description: string }) => {
    setHistory((now) => commit(now, { ...now.now, ...words }, performance.now()));
  }, []);
  const apply = useCallback((next: Draft) => {
    setHistory((now) => (sameDraft(now.now, next) ? now : commit(now, next, performance.now())));
  }, []);
  const select = useCallback((keys: Iterable<string>) => {
    const next = new Set(keys);
    setChosen((now) =>
      now.way === null && now.keys.size === next.size && [...next].every((key) => now.keys.has(key))
        ? now
        : { keys: next, way: null },
    );
  }, []);
  const selectWay = useCallback((way: number | null) => setChosen({ keys: NONE, way }), []);
  const stepBack = useCallback(() => setHistory(undo), []);
  const stepOn = useCallback(() => setHistory(redo), []);

  // Only a new name, and not every letter of a text, is news to all that shows names.
  const names = useSame(
    new Map(graph.nodes.map((node) => [node.key, node.name])),
    JSON.stringify(graph.nodes.map((node) => [node.key, node.name])),
  );
  const nameOf = useCallback((key: string) => names.get(key) || key, [names]);
  const listed = useMemo(() => outline(graph), [graph]);
  const dirty = useMemo(() => !sameDraft(draft, base.draft), [draft, base]);
  // What an undo took away is not chosen any more.
  const selected = useMemo(
    () => new Set([...chosen.keys].filter((key) => names.has(key))),
    [chosen.keys, names],
  );
  const way = chosen.way !== null && graph.edges[chosen.way] ? chosen.way : null;
  const [only] = selected;
  const open = selected.size === 1 && only !== undefined ? only : (graph.edges[way ?? -1]?.from ?? null);
  return {
    base,
    draft,
    graph,
    outline: listed,
    dirty,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    undo: stepBack,
    redo: stepOn,
    edit,
    describe,
    apply,
    selected,
    select,
    open,
    way,
    selectWay,
    nameOf,
    settle,
  };
}

/** What the server says is wrong with the graph as it stands. */
export type Checks = {
  problems: readonly Problem[];
  byStep: ReadonlyMap<string, Problem[]>;
  errors: number;
  warnings: number;
  /** The answer is about an older graph. */
  pending: boolean;
  error: unknown;
};

export type Workbench = Builder & {
  checks: Checks;
  /** Opens the list of kinds beside what was pressed. */
  askKind: (spot: Spot, beside: Element | null) => void;
  /** Steps on the clipboard: from the chosen ones, and into the graph. */
  copy: () => void;
  paste: () => void;
  remove: (keys: Iterable<string>) => void;
  /** Puts the focus into the editor of the step. */
  focusEditor: () => void;
};

export const WorkbenchContext = createContext<Workbench | null>(null);

export function useWorkbench(): Workbench {
  const workbench = useContext(WorkbenchContext);
  if (!workbench) throw new Error("This part of the page belongs into the builder.");
  return workbench;
}
