import { useQuery } from "@tanstack/react-query";
import { tagsQuery } from "~/api/set-queries.ts";
import type { Condition } from "~/api/types/funnels.ts";
import { isMessage, variantsOf } from "~/components/funnel/kinds.ts";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import {
  added,
  asked,
  CONDITION_FIELDS,
  changeAt,
  groupOf,
  HAPPENINGS,
  howsFor,
  type Leaf,
  MATCHES,
  type Match,
  NEW_ROW,
  type Path,
  shown,
} from "./conditions.ts";
import { type Parts, ScoreParts, SetParts, wrap } from "./standing-parts.tsx";
import { useWorkbench } from "./use-builder.ts";

type Props = {
  condition: Condition;
  /** Nothing, where the last question was taken out. */
  onChange: (condition: Condition | null) => void;
};

/** The question before a way: rows, and groups of rows in groups. */
export function ConditionEditor({ condition, onChange }: Props) {
  return (
    <div className="ask">
      <Part whole={condition} part={condition} path={[]} onChange={onChange} />
    </div>
  );
}

function Part({
  whole,
  part,
  path,
  onChange,
}: Pick<Props, "onChange"> & { whole: Condition; part: Condition; path: Path }) {
  const it = shown(part);
  const change = (next: (part: Condition) => Condition | null) => onChange(changeAt(whole, path, next));
  const outermost = path.length === 0;
  const where = path.length === 0 ? "" : ` ${path.map((at) => at + 1).join(".")}`;
  const more = (row: Condition) => onChange(added(whole, path, row));
  if (it.kind === "row") {
    return (
      <>
        <Row
          leaf={it.leaf}
          not={it.not}
          label={`condition${where}`}
          onChange={(next) => change(() => next)}
          onRemove={outermost ? undefined : () => change(() => null)}
        />
        {outermost ? (
          <div className="ask-more">
            <Button small look="quiet" icon="plus" onClick={() => more(NEW_ROW)}>
              Another condition
            </Button>
          </div>
        ) : null}
      </>
    );
  }
  return (
    <fieldset className={outermost ? "ask-group" : "ask-group ask-inner"} aria-label={`Group${where}`}>
      <div className="ask-head">
        <select
          className="input"
          aria-label={`How many must hold, group${where}`}
          value={it.match}
          onChange={(event) => change(() => groupOf(event.target.value as Match, it.parts))}
        >
          {MATCHES.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        {outermost ? null : (
          <IconButton icon="cross" label={`Remove group${where}`} onClick={() => change(() => null)} />
        )}
      </div>
      {it.parts.map((inner, at) => (
        <Part key={at} whole={whole} part={inner} path={[...path, at]} onChange={onChange} />
      ))}
      <div className="ask-more">
        <Button small look="quiet" icon="plus" onClick={() => more(NEW_ROW)}>
          Condition
        </Button>
        {path.length < 6 ? (
          <Button small look="quiet" icon="plus" onClick={() => more({ any: [NEW_ROW] })}>
            Group
          </Button>
        ) : null}
      </div>
    </fieldset>
  );
}

const EVENT = "event";
const SPLIT = "split";
const TASK = "task";
const SCORE = "score";
const SET = "set";

/** What a row asks for, as the first of its fields has it. */
function whatOf(leaf: Leaf): string {
  if ("field" in leaf) return leaf.field;
  if ("split" in leaf) return SPLIT;
  if ("task" in leaf) return TASK;
  if ("icp_at_least" in leaf) return SCORE;
  return "set_id" in leaf ? SET : EVENT;
}

function Row({
  leaf,
  not,
  label,
  onChange,
  onRemove,
}: {
  leaf: Leaf;
  not: boolean;
  label: string;
  onChange: (next: Condition) => void;
  onRemove?: () => void;
}) {
  const { graph } = useWorkbench();
  const field = whatOf(leaf);
  const tags = useQuery(tagsQuery).data;
  const task = graph.nodes.find(({ type }) => type === "task");
  const split = graph.nodes.find(({ type }) => type === "split");
  const variant = split ? variantsOf(split.config ?? {})[0] : undefined;
  const known =
    [EVENT, SPLIT, TASK, SCORE, SET].includes(field) || CONDITION_FIELDS.some(({ value }) => value === field);
  return (
    <div className="ask-row">
      <div className="ask-line">
        <select
          className="input"
          aria-label={`What, ${label}`}
          value={field}
          onChange={({ target }) => {
            if (target.value === EVENT) onChange(NEW_ROW);
            else if (target.value === SPLIT && split && variant)
              onChange({ split: split.key, variant: variant.key });
            else if (target.value === SCORE) onChange({ icp_at_least: 70 });
            else if (target.value === SET) onChange({ set_id: tags?.[0]?.id ?? "" });
            else if (target.value === TASK && task) onChange({ task: task.key, outcome: "done" });
            else if ("field" in leaf) onChange(wrap({ ...leaf, field: target.value }, not));
            else onChange({ field: target.value, op: "is", value: "" });
          }}
        >
          <option value={EVENT}>A message</option>
          {task || field === TASK ? <option value={TASK}>A task</option> : null}
          {split || field === SPLIT ? <option value={SPLIT}>The variant of a split</option> : null}
          <optgroup label="Contact">
            <option value={SCORE}>ICP score</option>
            <option value={SET}>Tag, list or segment</option>
            {CONDITION_FIELDS.map(({ value, label: name }) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
            {known ? null : <option value={field}>{field}</option>}
          </optgroup>
        </select>
        {onRemove ? <IconButton icon="cross" label={`Remove ${label}`} onClick={onRemove} /> : null}
      </div>
      {"field" in leaf ? (
        <FieldParts leaf={leaf} not={not} label={label} onChange={onChange} />
      ) : "split" in leaf ? (
        <VariantParts leaf={leaf} not={not} label={label} onChange={onChange} />
      ) : "icp_at_least" in leaf ? (
        <ScoreParts leaf={leaf} not={not} label={label} onChange={onChange} />
      ) : "set_id" in leaf ? (
        <SetParts leaf={leaf} not={not} label={label} onChange={onChange} />
      ) : "task" in leaf ? (
        <TaskParts leaf={leaf} not={not} label={label} onChange={onChange} />
      ) : (
        <EventParts leaf={leaf} not={not} label={label} onChange={onChange} />
      )}
    </div>
  );
}

function FieldParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { field: string }>>) {
  const hows = howsFor(leaf.op, not);
  const value = leaf.value ?? "";
  const bare = leaf.op === "exists" || leaf.op === "missing";
  const isStatus = leaf.field === "contact.status" && leaf.op !== "contains";
  const common = { className: "input", "aria-label": `Value, ${label}`, value };
  const set = (next: string) => onChange(wrap({ ...leaf, value: next }, not));
  return (
    <div className="ask-line">
      <select
        className="input"
        aria-label={`How, ${label}`}
        value={hows.findIndex((how) => how.op === leaf.op && how.not === not)}
        onChange={({ target }) => {
          const how = hows[Number(target.value)];
          if (how) onChange(asked(leaf.field, how, value));
        }}
      >
        {hows.map((how, at) => (
          <option key={how.label} value={at}>
            {how.label}
          </option>
        ))}
      </select>
      {bare ? null : isStatus ? (
        <select {...common} onChange={({ target }) => set(target.value)}>
          {CONTACT_STATUSES.includes(value) ? null : <option value={value}>{value || "Choose"}</option>}
          {CONTACT_STATUSES.map((status) => (
            <option key={status} value={status}>
              {status}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          placeholder="Oslo"
          autoComplete="off"
          onChange={({ target }) => set(target.value)}
        />
      )}
    </div>
  );
}

function VariantParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { split: string }>>) {
  const { graph } = useWorkbench();
  const all = graph.nodes
    .filter(({ type }) => type === "split")
    .flatMap((node) => variantsOf(node.config ?? {}).map(({ key }) => ({ node, key })));
  const at = all.findIndex(({ node, key }) => node.key === leaf.split && key === leaf.variant);
  return (
    <div className="ask-line">
      <select
        className="input"
        aria-label={`How, ${label}`}
        value={not ? "not" : "is"}
        onChange={({ target }) => onChange(wrap(leaf, target.value === "not"))}
      >
        <option value="is">is</option>
        <option value="not">is not</option>
      </select>
      <select
        className="input"
        aria-label={`Variant, ${label}`}
        value={at}
        onChange={({ target }) => {
          const next = all[Number(target.value)];
          if (next) onChange(wrap({ split: next.node.key, variant: next.key }, not));
        }}
      >
        {at < 0 ? <option value={-1}>{`${leaf.variant.toUpperCase()}, which is not there`}</option> : null}
        {all.map(({ node, key }, index) => (
          <option key={`${node.key} ${key}`} value={index}>
            {key.toUpperCase()} of {node.name || "Split"}
          </option>
        ))}
      </select>
    </div>
  );
}

function TaskParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { task: string }>>) {
  const { graph } = useWorkbench();
  const tasks = graph.nodes.filter(({ type }) => type === "task");
  return (
    <div className="ask-line">
      <select
        className="input"
        aria-label={`Which task, ${label}`}
        value={leaf.task}
        onChange={({ target }) => onChange(wrap({ ...leaf, task: target.value }, not))}
      >
        {tasks.some(({ key }) => key === leaf.task) ? null : (
          <option value={leaf.task}>{`${leaf.task}, which is not there`}</option>
        )}
        {tasks.map(({ key, name }) => (
          <option key={key} value={key}>
            {name || "Task"}
          </option>
        ))}
      </select>
      <select
        className="input"
        aria-label={`How it ended, ${label}`}
        value={`${not ? "!" : ""}${leaf.outcome}`}
        onChange={({ target }) => {
          const outcome = target.value.replace("!", "") === "skipped" ? "skipped" : "done";
          onChange(wrap({ ...leaf, outcome }, target.value.startsWith("!")));
        }}
      >
        <option value="done">was done</option>
        <option value="skipped">was skipped</option>
        <option value="!done">was not done</option>
        <option value="!skipped">was not skipped</option>
      </select>
    </div>
  );
}

function EventParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { event: string }>>) {
  const { graph, outline, nameOf } = useWorkbench();
  const happened = (leaf.happened ?? true) !== not;
  const messages = graph.nodes
    .filter((node) => isMessage(node.type))
    .toSorted((one, other) => (outline.numbers.get(one.key) ?? 0) - (outline.numbers.get(other.key) ?? 0));
  const gone = leaf.node && !messages.some(({ key }) => key === leaf.node);
  const known = HAPPENINGS.some(({ value }) => value === leaf.event);
  return (
    <div className="ask-line">
      <select
        className="input"
        aria-label={`Which message, ${label}`}
        value={leaf.node ?? ""}
        onChange={({ target }) => {
          const { node: _, ...rest } = leaf;
          onChange(wrap(target.value === "" ? rest : { ...rest, node: target.value }, not));
        }}
      >
        <option value="">any message</option>
        {messages.map(({ key, name }) => (
          <option key={key} value={key}>
            {name || key}
          </option>
        ))}
        {gone && leaf.node ? <option value={leaf.node}>{`${nameOf(leaf.node)} (sends none)`}</option> : null}
      </select>
      <select
        className="input"
        aria-label={`What happened, ${label}`}
        value={`${happened ? "" : "!"}${leaf.event}`}
        onChange={({ target }) =>
          onChange({
            ...leaf,
            event: target.value.replace("!", ""),
            happened: !target.value.startsWith("!"),
          })
        }
      >
        {HAPPENINGS.map(({ value, did }) => (
          <option key={value} value={value}>
            {did}
          </option>
        ))}
        {HAPPENINGS.map(({ value, didNot }) => (
          <option key={value} value={`!${value}`}>
            {didNot}
          </option>
        ))}
        {known ? null : <option value={`${happened ? "" : "!"}${leaf.event}`}>{leaf.event}</option>}
      </select>
    </div>
  );
}
