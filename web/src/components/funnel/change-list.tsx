import type { Fate, StepChange } from "~/api/types/campaign-versions.ts";
import type { FunnelNode, Graph } from "~/api/types/funnels.ts";
import { words } from "~/lib/format.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";
import { Icon } from "~/ui/icon.tsx";
import { nodeText } from "./graph.ts";
import { kindOf } from "./kinds.ts";
import "./change-list.css";

const FATE: Record<Fate, { label: string; tone: Tone }> = {
  added: { label: "New", tone: "good" },
  changed: { label: "Changed", tone: "info" },
  rerouted: { label: "Other ways", tone: "accent" },
  removed: { label: "Taken out", tone: "bad" },
};

/** The steps that are not as they were; with both graphs at hand, also what they said and say. */
export function ChangeList({
  changes,
  before,
  after,
}: {
  changes: readonly StepChange[];
  before?: Graph | null;
  after?: Graph;
}) {
  return (
    <ul className="change-list">
      {changes.map(({ node, name, fate }) => {
        const was = before?.nodes.find(({ key }) => key === node);
        const is = after?.nodes.find(({ key }) => key === node);
        const kind = kindOf((is ?? was)?.type ?? "");
        return (
          <li key={node}>
            <div className="row">
              <Badge tone={FATE[fate].tone}>{FATE[fate].label}</Badge>
              {is || was ? <Icon name={kind.icon} tint={kind.color} /> : null}
              <span className="strong clip">{name || node}</span>
            </div>
            {fate === "changed" && was && is ? <Fields was={was} is={is} /> : null}
            {(fate === "added" || fate === "removed") && (is ?? was) ? (
              <div className="small soft clip">{nodeText((is ?? was) as FunnelNode)}</div>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

/** The fields of a step that differ, as they were and as they are. */
function Fields({ was, is }: { was: FunnelNode; is: FunnelNode }) {
  const names = [...new Set([...Object.keys(was.config ?? {}), ...Object.keys(is.config ?? {})])];
  const said = (node: FunnelNode, name: string): string => {
    const value = node.config?.[name];
    return value === undefined || value === null
      ? ""
      : typeof value === "string"
        ? value
        : JSON.stringify(value);
  };
  return (
    <dl className="change-fields">
      {names
        .filter((name) => said(was, name) !== said(is, name))
        .map((name) => (
          <div key={name}>
            <dt className="small soft">{words(name)}</dt>
            {said(was, name) ? (
              <dd>
                <del>{said(was, name)}</del>
              </dd>
            ) : null}
            {said(is, name) ? (
              <dd>
                <ins>{said(is, name)}</ins>
              </dd>
            ) : null}
          </div>
        ))}
    </dl>
  );
}
