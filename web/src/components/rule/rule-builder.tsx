import { useEffect, useRef } from "react";
import { Button, IconButton } from "~/ui/button.tsx";
import { FieldError } from "~/ui/field.tsx";
import { added, changed, type Group, group, isGroup, neighbour, type Part, question } from "./draft.ts";
import { RuleRow } from "./rule-row.tsx";
import "./rule.css";

/** How deep groups may stand in each other; the server takes no more. */
const DEEPEST = 4;

const MATCHES: readonly { value: string; match: Group["match"]; not: boolean; label: string }[] = [
  { value: "all", match: "all", not: false, label: "all of these" },
  { value: "any", match: "any", not: false, label: "any of these" },
  { value: "none", match: "any", not: true, label: "none of these" },
  { value: "notall", match: "all", not: true, label: "not all of these" },
];

/** A row to begin with. */
export const newRow = (): Part => question({ what: "field", field: "city", op: "is", value: "" });

type Hands = {
  mistakes: ReadonlyMap<number, string>;
  onPart: (id: number, change: (from: Part) => Part | null) => void;
  onAdd: (to: Group, extra: Part) => void;
};

/** Rows of conditions, and groups of them. Everything is a plain control, so that Tab and the arrows go everywhere. */
export function RuleBuilder({
  draft,
  mistakes,
  onChange,
}: {
  draft: Group;
  /** What is wrong, by the id of the row or group that it is about. */
  mistakes: ReadonlyMap<number, string>;
  onChange: (draft: Group) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const next = useRef<number | null>(null);
  // What was added, or what is nearest to what was removed, is where the hands are.
  useEffect(() => {
    if (next.current === null) return;
    const part = box.current?.querySelector(`[data-part="${next.current}"]`);
    part?.querySelector<HTMLElement>("select, input")?.focus();
    next.current = null;
  }, [draft]);
  const hands: Hands = {
    mistakes,
    onPart: (id, change) => {
      const after = changed(draft, id, (from) => {
        const to = change(from);
        if (to === null) next.current = neighbour(draft, id);
        return to;
      });
      onChange(after);
    },
    onAdd: (to, extra) => {
      next.current = extra.id;
      onChange(added(draft, to.id, extra));
    },
  };
  return (
    <div className="rule" ref={box}>
      <GroupBox from={draft} depth={0} label="Conditions" hands={hands} />
    </div>
  );
}

function GroupBox({
  from,
  depth,
  label,
  hands,
}: {
  from: Group;
  depth: number;
  label: string;
  hands: Hands;
}) {
  const { mistakes, onPart, onAdd } = hands;
  const value = MATCHES.find(({ match, not }) => match === from.match && not === from.not)?.value ?? "all";
  const wrong = mistakes.get(from.id);
  return (
    <fieldset
      className={depth === 0 ? "rule-group" : "rule-group rule-inner"}
      aria-label={label}
      data-part={from.id}
    >
      <div className="rule-head">
        <span aria-hidden="true">{depth === 0 ? "Contacts that match" : "Match"}</span>
        <select
          className="input rule-match"
          aria-label={`${label}: how many must hold`}
          value={value}
          onChange={(event) => {
            const chosen = MATCHES.find((one) => one.value === event.target.value);
            if (chosen) onPart(from.id, (it) => ({ ...it, match: chosen.match, not: chosen.not }));
          }}
        >
          {MATCHES.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
        {depth > 0 ? (
          <span className="push">
            <IconButton icon="cross" label={`Remove ${label}`} onClick={() => onPart(from.id, () => null)} />
          </span>
        ) : null}
      </div>
      {wrong ? <FieldError>{wrong}</FieldError> : null}
      {from.parts.length > 0 ? (
        <ol className="rule-parts">
          {from.parts.map((part, at) => {
            const name = `${label === "Conditions" ? "" : `${label}, `}${isGroup(part) ? "group" : "condition"} ${at + 1}`;
            return (
              <li key={part.id}>
                {isGroup(part) ? (
                  <GroupBox from={part} depth={depth + 1} label={name} hands={hands} />
                ) : (
                  <RuleRow
                    row={part}
                    label={name}
                    mistake={mistakes.get(part.id)}
                    onChange={(row) => onPart(part.id, () => row)}
                    onRemove={() => onPart(part.id, () => null)}
                  />
                )}
              </li>
            );
          })}
        </ol>
      ) : null}
      <div className="row row-wrap">
        <Button small icon="plus" onClick={() => onAdd(from, newRow())}>
          Add a condition
        </Button>
        {depth < DEEPEST ? (
          <Button
            small
            look="quiet"
            icon="plus"
            onClick={() => onAdd(from, group(from.match === "all" ? "any" : "all", [newRow()]))}
          >
            Add a group
          </Button>
        ) : null}
      </div>
    </fieldset>
  );
}
