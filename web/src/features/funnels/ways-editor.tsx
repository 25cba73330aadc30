import { useEffect, useRef } from "react";
import type { FunnelNode } from "~/api/types/funnels.ts";
import { edgeText } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { ConditionEditor } from "./condition-editor.tsx";
import {
  connect,
  disconnect,
  FIRST_QUESTION,
  moveWay,
  reconnect,
  setCondition,
  type Way,
  waysFrom,
} from "./edits.ts";
import { StepOptions } from "./step-choice.tsx";
import { useWorkbench } from "./use-builder.ts";

/** Where people go from a step: asked from above, the first way that fits is taken. */
export function WaysEditor({ node }: { node: FunnelNode }) {
  const { graph, edit, askKind } = useWorkbench();
  const kind = kindOf(node.type);
  const ways = waysFrom(graph, node.key);
  if (kind.ways === "none" && ways.length === 0) return null;
  const plain = ways.length === 1 && !ways[0]?.edge.condition && kind.ways === "next";
  const open = ways.some(({ edge }) => !edge.condition);
  return (
    <section className="side-block" aria-label="Ways out">
      <h3>{plain ? "What comes next" : "Ways out"}</h3>
      {ways.length === 0 ? <p className="small soft">The way ends here.</p> : null}
      {plain ? null : ways.length > 1 ? (
        <p className="small soft">Asked from above; the first that fits is taken.</p>
      ) : null}
      <ol className="ways">
        {ways.map((way, index) => (
          <WayCard
            key={index}
            way={way}
            index={index}
            last={index === ways.length - 1}
            plain={plain}
            open={open}
          />
        ))}
      </ol>
      {kind.ways === "none" ? null : (
        <div className="row row-wrap">
          <Button
            small
            icon="plus"
            onClick={(event) =>
              askKind({ where: ways.length === 0 ? "after" : "branch", key: node.key }, event.currentTarget)
            }
          >
            {ways.length === 0 ? "Add the next step" : "Add a way"}
          </Button>
          <WayEnd
            label="Or lead a way to a step that is there"
            value=""
            empty="Or to a step that is there…"
            not={node.key}
            onPick={(to) => edit((now) => connect(now, node.key, to))}
          />
        </div>
      )}
    </section>
  );
}

function WayCard({
  way,
  index,
  last,
  plain,
  open,
}: {
  way: Way;
  index: number;
  last: boolean;
  plain: boolean;
  open: boolean;
}) {
  const { edit, nameOf, way: chosen, graph } = useWorkbench();
  const { edge, at } = way;
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen === at) card.current?.scrollIntoView({ block: "nearest" });
  }, [chosen, at]);
  const sentence = edge.condition ? `If ${edgeText(edge, nameOf)}` : "Everybody else";
  const single = waysFrom(graph, edge.from).length === 1;
  const name = `way ${index + 1}`;
  return (
    <li className={chosen === at ? "way way-chosen" : "way"} ref={card}>
      {plain ? null : (
        <div className="way-head">
          <span className="strong grow">{single && !edge.condition ? "Everybody" : sentence}</span>
          {single ? null : (
            <>
              <IconButton
                icon="up"
                label={`Ask ${name} earlier`}
                disabled={index === 0}
                onClick={() => edit((now) => moveWay(now, at, -1))}
              />
              <IconButton
                icon="down"
                label={`Ask ${name} later`}
                disabled={last}
                onClick={() => edit((now) => moveWay(now, at, 1))}
              />
            </>
          )}
        </div>
      )}
      {edge.condition ? (
        <ConditionEditor
          condition={edge.condition}
          onChange={(next) =>
            edit((now) => setCondition(now, at, next ?? FIRST_QUESTION), `way.${edge.from}.${at}`)
          }
        />
      ) : null}
      <WayEnd
        label={plain ? "Then" : "Leads to"}
        about={plain ? undefined : name}
        value={edge.to}
        not={edge.from}
        onPick={(to) => edit((now) => reconnect(now, at, { to }))}
      />
      <div className="row row-wrap">
        {edge.condition ? (
          open ? null : (
            <Button small look="quiet" onClick={() => edit((now) => setCondition(now, at, null))}>
              Let everybody else take it
            </Button>
          )
        ) : (
          <Button
            small
            look="quiet"
            icon="split"
            onClick={() => edit((now) => setCondition(now, at, FIRST_QUESTION))}
          >
            Only on a condition
          </Button>
        )}
        <Button small look="quiet" icon="cross" onClick={() => edit((now) => disconnect(now, at))}>
          {plain ? "Disconnect" : "Remove way"}
        </Button>
      </div>
    </li>
  );
}

/** One of the other steps, by its number in the list. */
function WayEnd({
  label,
  about,
  value,
  empty,
  not,
  onPick,
}: {
  label: string;
  /** Which way it is about, for those who hear it. */
  about?: string;
  value: string;
  empty?: string;
  not: string;
  onPick: (key: string) => void;
}) {
  return (
    <label className="way-to">
      <span className={empty ? "sr-only" : "label"}>
        {label}
        {about ? <span className="sr-only">, {about}</span> : null}
      </span>
      <select className="input" value={value} onChange={({ target }) => onPick(target.value)}>
        {empty ? <option value="">{empty}</option> : null}
        <StepOptions not={not} />
      </select>
    </label>
  );
}
