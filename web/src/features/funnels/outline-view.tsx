import { useContext } from "react";
import { edgeText, nodeText } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { canMoveDown, canMoveUp, moveDown, moveUp } from "./edits.ts";
import type { Block, Branch, Line } from "./outline.ts";
import { ReachedContext } from "./rehearsal.ts";
import { toggled, useWorkbench } from "./use-builder.ts";

/** The funnel as an ordered list: all of the editing without a canvas, for the keyboard, the ear and the phone. */
export function OutlineView() {
  const { outline, askKind } = useWorkbench();
  return (
    <div className="outline" id="outline">
      <div className="outline-first">
        <button
          type="button"
          className="add-here"
          onClick={(event) => askKind({ where: "first" }, event.currentTarget)}
        >
          <Icon name="plus" />
          Add a step at the start
        </button>
      </div>
      <Steps block={outline.main} label="Steps" />
      {outline.loose.length > 0 ? (
        <section className="outline-loose" aria-label="Not connected">
          <h2>Not connected</h2>
          <p className="small soft">Nobody gets to these yet. Lead a way to them, or delete them.</p>
          {outline.loose.map((block) => (
            <Steps key={block[0]?.node.key} block={block} label="Steps that nothing leads to" />
          ))}
        </section>
      ) : null}
    </div>
  );
}

function Steps({ block, label }: { block: Block; label: string }) {
  return (
    <ol className="outline-steps" aria-label={label}>
      {block.map((line) => (
        <Step key={line.node.key} line={line} />
      ))}
    </ol>
  );
}

function Step({ line }: { line: Line }) {
  const { node, number, branches, goesTo } = line;
  const { selected, select, focusEditor, checks, outline } = useWorkbench();
  const kind = kindOf(node.type);
  const problems = checks.byStep.get(node.key) ?? [];
  const reached = useContext(ReachedContext)?.get(node.key);
  const isChosen = selected.has(node.key);
  const worst = problems.some(({ severity }) => severity === "error") ? "error" : "warning";
  return (
    <li>
      <div className={isChosen ? "outline-row outline-chosen" : "outline-row"}>
        <button
          type="button"
          className="outline-step"
          data-step={node.key}
          aria-current={isChosen ? "step" : undefined}
          style={{ borderInlineStartColor: kind.color }}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) {
              select(toggled(selected, node.key));
              return;
            }
            select([node.key]);
            // From the keyboard it is opened to be edited.
            if (event.detail === 0) focusEditor();
          }}
        >
          <span className="outline-number">{number}</span>
          <Icon name={kind.icon} tint={kind.color} />
          <span className="outline-words">
            <span className="strong clip">
              <span className="sr-only">{kind.label}: </span>
              {node.name || kind.label}
            </span>
            <span className="small soft clip">{nodeText(node)}</span>
          </span>
          {reached === undefined ? null : (
            <span className="step-reached">
              {reached}
              <span className="sr-only"> get here in the rehearsal</span>
            </span>
          )}
          {problems.length > 0 ? (
            <span className={`step-flag step-flag-${worst}`} title={problems[0]?.message}>
              {problems.length}
              <span className="sr-only"> {problems.length === 1 ? "problem" : "problems"}</span>
            </span>
          ) : null}
        </button>
        <RowActions line={line} />
      </div>
      {branches.length > 0 ? (
        <ul className="outline-ways" aria-label={`Ways out of ${node.name || kind.label}`}>
          {branches.map((branch) => (
            <Way key={branch.way.at} branch={branch} single={branches.length === 1} />
          ))}
        </ul>
      ) : null}
      {goesTo === null ? null : <GoesTo target={goesTo} number={outline.numbers.get(goesTo)} />}
    </li>
  );
}

function RowActions({ line }: { line: Line }) {
  const { node } = line;
  const { graph, edit, askKind, remove } = useWorkbench();
  const name = node.name || kindOf(node.type).label;
  return (
    <div className="outline-actions">
      {kindOf(node.type).ways === "none" ? null : (
        <IconButton
          icon="plus"
          label={`Add a step after ${name}`}
          onClick={(event) => askKind({ where: "after", key: node.key }, event.currentTarget)}
        />
      )}
      <IconButton
        icon="up"
        label={`Move ${name} up`}
        disabled={!canMoveUp(graph, node.key)}
        onClick={() => edit((now) => moveUp(now, node.key))}
      />
      <IconButton
        icon="down"
        label={`Move ${name} down`}
        disabled={!canMoveDown(graph, node.key)}
        onClick={() => edit((now) => moveDown(now, node.key))}
      />
      <IconButton icon="trash" label={`Delete ${name}`} onClick={() => remove([node.key])} />
    </div>
  );
}

function Way({ branch, single }: { branch: Branch; single: boolean }) {
  const { way, block, goesTo } = branch;
  const { nameOf, selectWay, outline, askKind, focusEditor, way: chosen } = useWorkbench();
  const { condition } = way.edge;
  const words = condition ? `If ${edgeText(way.edge, nameOf)}` : single ? "Everybody" : "Everybody else";
  return (
    <li className="outline-way">
      <div className="outline-way-head">
        <button
          type="button"
          className="outline-if"
          aria-current={chosen === way.at ? "true" : undefined}
          onClick={(event) => {
            selectWay(way.at);
            if (event.detail === 0) focusEditor();
          }}
        >
          <Icon name={condition ? "split" : "right"} />
          <span className="clip">{words}</span>
        </button>
        <IconButton
          icon="plus"
          label={`Add a step to the way "${words}"`}
          onClick={(event) => askKind({ where: "on", at: way.at }, event.currentTarget)}
        />
      </div>
      {block.length > 0 ? <Steps block={block} label={words} /> : null}
      {goesTo === null ? null : <GoesTo target={goesTo} number={outline.numbers.get(goesTo)} />}
    </li>
  );
}

function GoesTo({ target, number }: { target: string; number: number | undefined }) {
  const { nameOf, select } = useWorkbench();
  return (
    <button
      type="button"
      className="goes-to"
      onClick={() => {
        select([target]);
        document.querySelector<HTMLElement>(`[data-step="${target}"]`)?.focus();
      }}
    >
      <Icon name="right" />
      goes on at {number}. {nameOf(target)}
    </button>
  );
}
