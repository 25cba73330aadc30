import { useEffect, useRef } from "react";
import { messageOf } from "~/api/errors.ts";
import type { FunnelNode, Problem } from "~/api/types/funnels.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { plural } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { canMoveDown, canMoveUp, configure, moveDown, moveUp, nodeAt, rename } from "./edits.ts";
import { named } from "./named.ts";
import { StepFields } from "./step-fields.tsx";
import { StepPreview } from "./step-preview.tsx";
import { useWorkbench } from "./use-builder.ts";
import { WaysEditor } from "./ways-editor.tsx";

/** What is docked at the right: the editor of the chosen step, or what there is to say about the whole. */
export function Dock({ showChecks, onClose }: { showChecks: boolean; onClose?: () => void }) {
  const { open, graph, select } = useWorkbench();
  const box = useRef<HTMLElement>(null);
  const node = open === null ? undefined : nodeAt(graph, open);
  const leave = () => {
    const back = open;
    const focus = () => {
      const key = CSS.escape(back ?? "");
      document
        .querySelector<HTMLElement>(`[data-step="${key}"], .react-flow__node[data-id="${key}"]`)
        ?.focus();
    };
    if (!onClose) return focus();
    onClose();
    // What was covered can have the focus once React has uncovered it.
    requestAnimationFrame(focus);
  };
  // The editor of another step begins at its top.
  useEffect(() => {
    if (open !== null) box.current?.scrollTo({ top: 0 });
  }, [open]);
  return (
    <aside
      className="dock"
      id="dock"
      ref={box}
      aria-label={node ? "Step" : "Funnel"}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        leave();
      }}
    >
      {node && !showChecks ? (
        <StepEditor
          key={node.key}
          node={node}
          onBack={onClose ? leave : () => select([])}
          phone={!!onClose}
        />
      ) : (
        <Overview />
      )}
    </aside>
  );
}

function StepEditor({ node, onBack, phone }: { node: FunnelNode; onBack: () => void; phone: boolean }) {
  const { edit, checks, outline, remove, copy, nameOf } = useWorkbench();
  const kind = kindOf(node.type);
  const problems = checks.byStep.get(node.key) ?? [];
  return (
    <>
      <div className="dock-head" style={{ borderInlineStartColor: kind.color }}>
        {phone ? <IconButton icon="left" label="Back to the list" onClick={onBack} /> : null}
        <Icon name={kind.icon} tint={kind.color} />
        <h2 className="grow clip">
          {outline.numbers.get(node.key)}. {kind.label}
        </h2>
        <IconButton icon="copy" label="Copy step" onClick={copy} />
        <IconButton icon="trash" label="Delete step" onClick={() => remove([node.key])} />
        {phone ? null : <IconButton icon="cross" label="Close the step" onClick={onBack} />}
      </div>
      {phone ? <Moves node={node} /> : null}
      {problems.length > 0 ? (
        <ul className="side-block dock-problems" aria-label="What is wrong with this step">
          {problems.map((problem) => (
            <li key={`${problem.code} ${problem.message}`} className={`problem problem-${problem.severity}`}>
              <Icon name="warning" />
              <span>
                {named(problem.message, nameOf)} <span className="soft">{named(problem.fix, nameOf)}</span>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <div className="side-block dock-fields">
        <TextField
          label="Name"
          maxLength={200}
          autoComplete="off"
          value={node.name}
          onChange={({ target }) => edit((now) => rename(now, node.key, target.value), `${node.key}.name`)}
        />
        <StepFields
          node={node}
          onChange={(settings, about) => edit((now) => configure(now, node.key, settings), about)}
        />
      </div>
      {kind.channel ? <StepPreview key={node.key} node={node} channel={kind.channel} /> : null}
      <WaysEditor node={node} />
    </>
  );
}

/** On a phone the row of the list is behind this page, so that what it does is done here. */
function Moves({ node }: { node: FunnelNode }) {
  const { graph, edit, askKind } = useWorkbench();
  return (
    <div className="dock-moves">
      <Button
        icon="plus"
        disabled={kindOf(node.type).ways === "none"}
        onClick={(event) => askKind({ where: "after", key: node.key }, event.currentTarget)}
      >
        Add a step after
      </Button>
      <IconButton
        icon="up"
        look="plain"
        label="Move up"
        disabled={!canMoveUp(graph, node.key)}
        onClick={() => edit((now) => moveUp(now, node.key))}
      />
      <IconButton
        icon="down"
        look="plain"
        label="Move down"
        disabled={!canMoveDown(graph, node.key)}
        onClick={() => edit((now) => moveDown(now, node.key))}
      />
    </div>
  );
}

function Overview() {
  const { draft, checks, selected, copy, remove } = useWorkbench();
  const { graph } = draft;
  const messages = graph.nodes.filter((node) => kindOf(node.type).channel !== undefined).length;
  return (
    <>
      {selected.size > 1 ? (
        <section className="side-block" aria-label="Chosen steps">
          <h2>{plural(selected.size, "step")} chosen</h2>
          <div className="row row-wrap">
            <Button small icon="copy" onClick={copy} keys="mod+c">
              Copy
            </Button>
            <Button small icon="trash" look="danger" onClick={() => remove(selected)}>
              Delete
            </Button>
          </div>
        </section>
      ) : null}
      <section className="side-block" aria-label="About this funnel">
        <h2>About this funnel</h2>
        {draft.description ? <p className="small">{draft.description}</p> : null}
        <p className="small soft">
          {plural(graph.nodes.length, "step")}, {plural(messages, "message")}. Choose a step to edit it.
        </p>
      </section>
      <section className="side-block" aria-label="Checks">
        <div className="row">
          <h2>Checks</h2>
          {checks.pending ? <span className="small soft push">checking…</span> : null}
        </div>
        {checks.error ? (
          <p className="small">{messageOf(checks.error)} It is checked again with your next change.</p>
        ) : checks.problems.length === 0 ? (
          <p className="checks-fine small">
            <Icon name="check" />A campaign can run on it.
          </p>
        ) : (
          <ProblemList problems={checks.problems} />
        )}
      </section>
    </>
  );
}

/** Every problem with its step; a press goes there. */
export function ProblemList({ problems, onJump }: { problems: readonly Problem[]; onJump?: () => void }) {
  const { select, nameOf, graph, focusEditor } = useWorkbench();
  return (
    <ul className="problems">
      {problems.map((problem, at) => {
        const node = problem.node === null ? undefined : nodeAt(graph, problem.node);
        const words = (
          <>
            <Icon name="warning" />
            <span>
              <span className="row row-wrap">
                <span className="strong">{node ? nameOf(node.key) : "The funnel"}</span>
                {problem.severity === "warning" ? <Badge tone="warn">to think about</Badge> : null}
              </span>
              {named(problem.message, nameOf)} <span className="soft">{named(problem.fix, nameOf)}</span>
            </span>
          </>
        );
        return (
          <li key={at}>
            {node ? (
              <button
                type="button"
                className={`problem problem-${problem.severity}`}
                onClick={() => {
                  onJump?.();
                  select([node.key]);
                  focusEditor();
                }}
              >
                {words}
              </button>
            ) : (
              <div className={`problem problem-${problem.severity}`}>{words}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
