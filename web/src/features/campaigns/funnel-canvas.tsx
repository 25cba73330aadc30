import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useNavigate } from "react-router";
import type { LiveFunnel, LiveNode } from "~/api/types/funnels.ts";
import type { SplitContest } from "~/api/types/splits.ts";
import { edgeText, NODE_H, NODE_W, nodeText, type Place, placesOf } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { count, percent } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import { isSend } from "./funnel-list.tsx";
import { behind, counts, type Figures, figureOf, labelOf } from "./overlays.ts";
import { winnerOf } from "./split-words.ts";
import "@xyflow/react/dist/style.css";
import "~/components/funnel/canvas.css";

type StepNode = Node<{ step: LiveNode; figures: Figures | null; won: string | null }, "step">;

type Props = {
  id: string;
  funnel: LiveFunnel;
  /** What an overlay counts; nothing for the usual numbers. */
  figures: Figures | null;
  splits: readonly SplitContest[];
};

const NODE_TYPES = { step: StepCard };
const DESCRIPTION = "Press Enter to see the people at this step. The list view has the same steps in order.";

/** The funnel drawn, with the live counts on its nodes. Reading only. */
export function FunnelCanvas({ id, funnel, figures, splits }: Props) {
  const navigate = useNavigate();
  const places = placesOf(funnel.nodes, funnel.edges);
  const nameOf = (key: string) => funnel.nodes.find((node) => node.key === key)?.name ?? key;
  const most = Math.max(1, ...funnel.edges.map((edge) => edge.passed));
  const nodes: StepNode[] = funnel.nodes.map((step) => ({
    id: step.key,
    type: "step",
    position: places.get(step.key) ?? { x: step.x, y: step.y },
    data: { step, figures, won: winnerOf(splits, step.key) },
    width: NODE_W,
    height: NODE_H,
    ariaLabel: figures
      ? `${step.name}: ${labelOf(figures)} ${figureOf(figures, step.key)}`
      : `${step.name}: ${figureText(step)}, ${count(step.here)} here`,
  }));
  const edges: Edge[] = funnel.edges.map((edge, index) => {
    const condition = edgeText(edge, nameOf);
    return {
      id: `${edge.from}-${edge.to}-${index}`,
      source: edge.from,
      target: edge.to,
      label: [condition, edge.passed > 0 ? count(edge.passed) : ""].filter(Boolean).join(" · ") || undefined,
      className: condition === "" ? "edge-count" : undefined,
      style: { strokeWidth: 1.4 + (edge.passed / most) * 2.6 },
      focusable: false,
    };
  });
  const open = (key: string) => void navigate(behind(id, key, figures?.overlay ?? null));
  return (
    <section
      className="canvas"
      aria-label="Funnel"
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.target instanceof HTMLElement)) return;
        const key = event.target.closest<HTMLElement>(".react-flow__node")?.dataset.id;
        if (key) open(key);
      }}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodeClick={(_, node) => open(node.id)}
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable
        edgesFocusable={false}
        deleteKeyCode={null}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.15 }}
        onInit={(flow) => readable(flow, [...places.values()])}
        minZoom={0.2}
        maxZoom={1.6}
        ariaLabelConfig={{
          "node.a11yDescription.default": DESCRIPTION,
          "node.a11yDescription.keyboardDisabled": DESCRIPTION,
        }}
      >
        <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--line-control)" />
        <MiniMap
          pannable
          zoomable
          nodeColor="var(--line-control)"
          maskColor="transparent"
          maskStrokeColor="var(--accent)"
          maskStrokeWidth={10}
          ariaLabel="Overview of the funnel"
        />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}

/** Below this zoom the words on the nodes are too small to read. */
const READABLE = 0.85;

/** A long funnel starts at its top in a readable size instead of shrinking into the window. */
function readable(flow: ReactFlowInstance<StepNode, Edge>, places: readonly Place[]): void {
  const box = document.querySelector(".canvas")?.getBoundingClientRect();
  if (!box || box.width < 700 || flow.getZoom() >= READABLE || places.length === 0) return;
  const left = Math.min(...places.map((place) => place.x));
  const right = Math.max(...places.map((place) => place.x)) + NODE_W;
  const top = Math.min(...places.map((place) => place.y));
  void flow.setViewport({
    x: box.width / 2 - ((left + right) / 2) * READABLE,
    y: 28 - top * READABLE,
    zoom: READABLE,
  });
}

function figureText(step: LiveNode): string {
  if (isSend(step)) return `${count(step.sent)} sent`;
  return nodeText(step);
}

function rateText(step: LiveNode): string {
  if (!isSend(step) || step.sent === 0) return step.here > 0 ? `${count(step.here)} here` : "";
  if (step.replied > 0) return `${percent(step.replied, step.sent)} reply`;
  return step.type === "email_send"
    ? `${percent(step.opened, step.sent)} open`
    : `${percent(step.delivered, step.sent)} arrived`;
}

function StepCard({ data }: NodeProps<StepNode>) {
  const { step, figures, won } = data;
  const look = kindOf(step.type);
  return (
    <div className="step-card" style={{ borderInlineStartColor: look.color }}>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <div className="row">
        <Icon name={look.icon} tint={look.color} />
        <span className="strong clip">{step.name || look.label}</span>
        {figures ? null : isSend(step) && step.here > 0 ? (
          <span className="step-here push" title={`${count(step.here)} people are here`}>
            {count(step.here)}
          </span>
        ) : null}
      </div>
      <div className="row small">
        {figures && counts(figures, step) ? (
          <>
            <span className="soft clip">{labelOf(figures)}</span>
            <span
              className={`step-count push${figures.of.has(step.key) ? ` step-count-${figures.overlay}` : ""}`}
            >
              {figureOf(figures, step.key)}
            </span>
          </>
        ) : (
          <>
            <span className="soft clip">
              {won ? `${won.toUpperCase()} has won` : figures ? nodeText(step) : figureText(step)}
            </span>
            <span className="step-rate push">{figures ? "" : rateText(step)}</span>
          </>
        )}
      </div>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  );
}
