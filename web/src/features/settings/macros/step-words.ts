import type { MacroStep } from "~/api/types/macros.ts";

export type StepKind = MacroStep["kind"];
export const STEP_KINDS: readonly { kind: StepKind; label: string }[] = [
  { kind: "reply", label: "Answer" },
  { kind: "note", label: "Leave a note" },
  { kind: "label", label: "Put a label on" },
  { kind: "unlabel", label: "Take a label off" },
  { kind: "assign", label: "Ask somebody to answer" },
  { kind: "snooze", label: "Snooze" },
  { kind: "done", label: "Done" },
];

/** The names of what steps name, by id. */
export type Named = ReadonlyMap<string, string>;

/** One step in a few words. */
export function stepWords(step: MacroStep, names: Named): string {
  const named = (id: string, what: string) => names.get(id) ?? `${what} that is gone`;
  const short = (text: string) => {
    const line = text.replace(/\s+/g, " ").trim();
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  };
  switch (step.kind) {
    case "reply":
      return `Answer “${short(step.text)}”`;
    case "note":
      return `Note “${short(step.text)}”`;
    case "label":
      return `Label ${named(step.label_id, "one")}`;
    case "unlabel":
      return `Take off ${named(step.label_id, "a label")}`;
    case "assign":
      return step.assignee_id === null
        ? "For the owner to answer"
        : `For ${named(step.assignee_id, "somebody")} to answer`;
    case "snooze":
      return `Snooze until ${step.until}`;
    case "done":
      return "Done";
  }
}

/** What may still be added: a conversation is answered, given away and put away once. */
export function kindsLeft(steps: readonly MacroStep[]): readonly StepKind[] {
  const has = (...kinds: StepKind[]) => steps.some(({ kind }) => kinds.includes(kind));
  return STEP_KINDS.map(({ kind }) => kind).filter((kind) => {
    if (kind === "reply") return !has("reply");
    if (kind === "snooze" || kind === "done") return !has("snooze", "done");
    return kind !== "assign" || !has("assign");
  });
}
