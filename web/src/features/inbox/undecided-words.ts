import type { Decision, Undecided, UndecidedGroup } from "~/api/types/inbox.ts";
import { count, plural } from "~/lib/format.ts";

/** What a decision about many does, in plain words. */
export function consequence(decision: Decision, { messages, people }: Undecided): string {
  const whom = plural(people, "person", "people");
  const it =
    messages === 1
      ? "this message"
      : messages === people
        ? "their message"
        : `these ${count(messages)} messages`;
  switch (decision) {
    case "resend":
      return `${whom} will get ${it} again. Whoever had in truth got it already gets it twice. The usual limits, hours and opt-outs hold for it.`;
    case "sent":
      return `Nothing goes out. ${plural(messages, "message")} to ${whom} ${messages === 1 ? "counts" : "count"} as sent, and their campaigns go on from there. Whoever had in truth not got theirs will not get it.`;
    case "drop":
      return `Nothing goes out. ${plural(messages, "message")} to ${whom} ${messages === 1 ? "is" : "are"} cancelled, and their campaigns go on with the next step.`;
  }
}

/** What the button says. */
export function deed(decision: Decision, messages: number): string {
  const what = plural(messages, "message");
  switch (decision) {
    case "resend":
      return `Send ${what} again`;
    case "sent":
      return `Mark ${what} as sent`;
    case "drop":
      return `Drop ${what}`;
  }
}

/** What became of it. */
export function outcome(decision: Decision, decided: number, leftAlone: number): string {
  const what = plural(decided, "message");
  const done =
    decision === "resend"
      ? `${what} will go out again.`
      : decision === "sent"
        ? `${what} marked as sent.`
        : `${what} dropped.`;
  return leftAlone > 0
    ? `${done} ${count(leftAlone)} had been settled in between and were left alone.`
    : done;
}

/** The groups taken together by one of their parts, the most first. */
export function choices(
  groups: readonly UndecidedGroup[],
  of: (group: UndecidedGroup) => readonly [value: string, label: string],
): { value: string; label: string }[] {
  const all = new Map<string, { label: string; messages: number }>();
  for (const group of groups) {
    const [value, label] = of(group);
    const before = all.get(value)?.messages ?? 0;
    all.set(value, { label, messages: before + group.messages });
  }
  return [...all]
    .sort(([, a], [, b]) => b.messages - a.messages)
    .map(([value, { label, messages }]) => ({ value, label: `${label} (${count(messages)})` }));
}
