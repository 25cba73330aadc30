import { Link } from "react-router";
import type { LiveFunnel, LiveNode } from "~/api/types/funnels.ts";
import type { SplitContest } from "~/api/types/splits.ts";
import { edgeText, inOrder, nodeText } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { count, percent } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import { behind, counts, type Figures, figureOf, labelOf } from "./overlays.ts";
import { winnerOf } from "./split-words.ts";

type Props = {
  id: string;
  funnel: LiveFunnel;
  /** What an overlay counts; nothing for the usual numbers. */
  figures?: Figures | null;
  splits?: readonly SplitContest[];
};

/** The funnel as an ordered list: the same graph for small screens, screen readers and printing. */
export function FunnelList({ id, funnel, figures = null, splits = [] }: Props) {
  const nodes = inOrder(funnel.nodes, funnel.edges);
  const nameOf = (key: string) => funnel.nodes.find((node) => node.key === key)?.name ?? key;
  const place = new Map(nodes.map((node, index) => [node.key, index + 1]));
  return (
    <ol className="node-list">
      {nodes.map((node, index) => (
        <li className="node-line" key={node.key} style={{ borderInlineStartColor: kindOf(node.type).color }}>
          <span className="node-number">{index + 1}</span>
          <Icon name={kindOf(node.type).icon} tint={kindOf(node.type).color} />
          <div className="grow">
            <div className="strong">{node.name || kindOf(node.type).label}</div>
            <div className="small soft clip">
              {winnerOf(splits, node.key)
                ? `${winnerOf(splits, node.key)?.toUpperCase()} has won`
                : nodeText(node)}
            </div>
            <ul className="node-ways">
              {funnel.edges
                .filter((edge) => edge.from === node.key)
                .filter(
                  (edge, _, all) => edge.condition || all.length > 1 || place.get(edge.to) !== index + 2,
                )
                .map((edge) => (
                  <li key={`${edge.to}-${edgeText(edge, nameOf)}`}>
                    {edge.condition ? `If ${edgeText(edge, nameOf)}` : "Otherwise"} → {place.get(edge.to)}.{" "}
                    {nameOf(edge.to)} <span className="muted">({count(edge.passed)})</span>
                  </li>
                ))}
            </ul>
          </div>
          {figures && !counts(figures, node) ? null : figures ? (
            <div className="node-figures">
              <Link className="figure figure-link" to={behind(id, node.key, figures.overlay)}>
                <span className="strong">{figureOf(figures, node.key)}</span>
                <span className="tiny soft">{labelOf(figures).toLowerCase()}</span>
              </Link>
            </div>
          ) : (
            <NodeFigures id={id} node={node} />
          )}
        </li>
      ))}
    </ol>
  );
}

function NodeFigures({ id, node }: { id: string; node: LiveNode }) {
  return (
    <div className="node-figures">
      <Link className="figure figure-link" to={behind(id, node.key, null)}>
        <span className="strong">{count(node.here)}</span>
        <span className="tiny soft">here</span>
      </Link>
      {isSend(node) ? (
        <>
          <span className="figure">
            <span className="strong">{count(node.sent)}</span>
            <span className="tiny soft">sent</span>
          </span>
          <span className="figure">
            <span className="strong">
              {node.type === "email_send"
                ? percent(node.opened, node.sent)
                : percent(node.delivered, node.sent)}
            </span>
            <span className="tiny soft">{node.type === "email_send" ? "opened" : "delivered"}</span>
          </span>
          <span className="figure">
            <span className="strong">{percent(node.replied, node.sent)}</span>
            <span className="tiny soft">replied</span>
          </span>
        </>
      ) : null}
    </div>
  );
}

export const isSend = (node: { type: LiveNode["type"] }): boolean =>
  node.type === "email_send" || node.type === "sms_send";
