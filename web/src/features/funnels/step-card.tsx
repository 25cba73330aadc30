import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { createContext, memo, useContext } from "react";
import type { FunnelNode } from "~/api/types/funnels.ts";
import { nodeText } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { count } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import { ReachedContext } from "./rehearsal.ts";
import type { Spot } from "./use-builder.ts";

export type StepNode = Node<
  {
    step: FunnelNode;
    flag: "" | "warning" | "error";
    problems: number;
    why: string;
    /** No way leaves it, so that the next step can be added here. */
    ends: boolean;
    readOnly: boolean;
  },
  "step"
>;

/** Opens the list of kinds. Its own context, since it never changes: the steps are not drawn anew with every letter. */
export const AskKindContext = createContext<(spot: Spot, beside: Element | null) => void>(() => undefined);

export const StepCard = memo(function StepCard({ data, selected }: NodeProps<StepNode>) {
  const { step, flag, problems, why, ends, readOnly } = data;
  const askKind = useContext(AskKindContext);
  const reached = useContext(ReachedContext)?.get(step.key);
  const kind = kindOf(step.type);
  return (
    <div
      className={selected ? "step-card step-chosen" : "step-card"}
      style={{ borderInlineStartColor: kind.color }}
    >
      <Handle type="target" position={Position.Top} />
      <div className="row">
        <Icon name={kind.icon} tint={kind.color} />
        <span className="strong clip">{step.name || kind.label}</span>
        {reached === undefined ? null : (
          <span className="step-reached push" title="people get here in the rehearsal">
            {count(reached)}
          </span>
        )}
        {flag === "" ? null : (
          <span className={`step-flag step-flag-${flag} push`} title={why}>
            {problems}
          </span>
        )}
      </div>
      <span className="small soft clip">{nodeText(step)}</span>
      {kind.ways === "none" ? (
        <Handle type="source" position={Position.Bottom} isConnectable={false} className="handle-none" />
      ) : (
        <Handle type="source" position={Position.Bottom} />
      )}
      {ends && !readOnly ? (
        <button
          type="button"
          className="add-next nodrag nopan"
          tabIndex={-1}
          aria-label={`Add a step after ${step.name || kind.label}`}
          title="Add the next step"
          onClick={(event) => {
            event.stopPropagation();
            askKind({ where: "after", key: step.key }, event.currentTarget);
          }}
        >
          <Icon name="plus" />
        </button>
      ) : null}
    </div>
  );
});
