import {
  applyNodeChanges,
  Background,
  BackgroundVariant,
  type Connection,
  Controls,
  type Edge,
  MiniMap,
  type NodeChange,
  Panel,
  ReactFlow,
  type ReactFlowInstance,
  SelectionMode,
} from "@xyflow/react";
import { type DragEvent, type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Graph } from "~/api/types/funnels.ts";
import { edgeText, NODE_H, NODE_W, type Place } from "~/components/funnel/graph.ts";
import { KINDS, kindOf } from "~/components/funnel/kinds.ts";
import { useSame } from "~/lib/use-same.ts";
import { Icon } from "~/ui/icon.tsx";
import { lanes, middle, wayNear } from "./canvas-geometry.ts";
import {
  addAfter,
  addLoose,
  connect,
  dropOn,
  GAP_Y,
  insertOn,
  moveTo,
  reconnect,
  startOf,
  waysFrom,
  waysTo,
} from "./edits.ts";
import { neighbour } from "./outline.ts";
import { StepCard, type StepNode } from "./step-card.tsx";
import { spotFor, toggled, useWorkbench, type Workbench } from "./use-builder.ts";
import { LabelsContext, WayLine } from "./way-line.tsx";
import "@xyflow/react/dist/style.css";
import "~/components/funnel/canvas.css";

const NODE_TYPES = { step: StepCard };
const EDGE_TYPES = { way: WayLine };
const DRAGGED = "application/x-overture-kind";
const DESCRIPTION =
  "Arrow keys go to the next step, Enter opens it, Shift and the arrows move it, Delete takes it out. The list view has the same steps in order.";

const LABELS = {
  "node.a11yDescription.default": DESCRIPTION,
  "node.a11yDescription.keyboardDisabled": DESCRIPTION,
};
// The canvas compares by identity: what never changes is made once.
const FIT = { maxZoom: 1, padding: 0.15 };
const MORE = ["Meta", "Control"];
const colorOf = (node: StepNode): string => kindOf(node.data.step.type).color;

type Flow = ReactFlowInstance<StepNode, Edge>;

/** The funnel drawn. On a phone it is for looking; the list is its editor there. */
export function Canvas({ readOnly }: { readOnly: boolean }) {
  const bench = useWorkbench();
  const { graph, selected, edit, select, selectWay, way } = bench;
  const flow = useRef<Flow | null>(null);
  const box = useRef<HTMLElement>(null);
  const [labels, setLabels] = useState<Element | null>(null);
  const [target, setTarget] = useState<number | null>(null);
  const [nodes, setNodes] = useNodes(bench, readOnly);
  const edges = useEdges(bench, target, readOnly);

  const onNodesChange = useCallback(
    (changes: NodeChange<StepNode>[]) => {
      setNodes((now) =>
        applyNodeChanges(
          changes.filter(({ type }) => type !== "remove"),
          now,
        ),
      );
      const chosen = changes.filter((change) => change.type === "select");
      if (chosen.length === 0) return;
      const keys = new Set(selected);
      for (const { id, selected: on } of chosen) {
        if (on) keys.add(id);
        else keys.delete(id);
      }
      // A press on a way takes the choice from the steps; that is no choice of no step.
      if (keys.size > 0 || way === null) select(keys);
    },
    [selected, select, setNodes, way],
  );
  const over = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    const place = flow.current?.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    setTarget(place ? wayNear(graph, place) : null);
  };
  const drop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(DRAGGED);
    const place = flow.current?.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    setTarget(null);
    if (type === "" || !place) return;
    event.preventDefault();
    const at = wayNear(graph, place);
    const put = (at === null ? null : insertOn(graph, at, type)) ?? addLoose(graph, type, corner(place));
    edit(() => put.graph);
    select([put.key]);
  };
  const key = (event: KeyboardEvent) => {
    const step = event.target instanceof Element ? event.target.closest(".react-flow__node") : null;
    const at = step instanceof HTMLElement ? step.dataset.id : undefined;
    if (at === undefined || !step || event.target !== step) return;
    if (event.key === "Enter") {
      event.preventDefault();
      select([at]);
      bench.focusEditor();
    } else if (event.key === " ") {
      event.preventDefault();
      select(toggled(selected, at));
    } else if (event.key.startsWith("Arrow") && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
      const next = event.shiftKey ? null : neighbour(graph, at, event.key);
      if (event.shiftKey && !readOnly) nudge(bench, at, event.key);
      if (next === null) return;
      select([next]);
      focusStep(flow.current, box.current, next);
    }
  };
  return (
    <section
      className="canvas builder-canvas"
      aria-label="Canvas"
      ref={box}
      onKeyDown={key}
      onDragOver={over}
      onDrop={drop}
    >
      <LabelsContext value={labels}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={onNodesChange}
          onEdgeClick={(_, edge) => selectWay(Number(edge.id))}
          onPaneClick={() => select([])}
          onConnect={({ source, target: to }: Connection) => edit((now) => connect(now, source, to))}
          onReconnect={(edge, { source, target: to }) =>
            edit((now) => reconnect(now, Number(edge.id), { from: source, to }))
          }
          isValidConnection={({ source, target: to }) => source !== to}
          onNodeDrag={(_, node) =>
            setTarget(isLoose(bench, node.id) ? wayNear(graph, middle(node.position), node.id) : null)
          }
          onNodeDragStop={(_, node, dragged) => {
            setTarget(null);
            const places = new Map(dragged.map((one) => [one.id, round(one.position)]));
            const at = isLoose(bench, node.id) ? wayNear(graph, middle(node.position), node.id) : null;
            edit((now) => {
              const moved = moveTo(now, places);
              return at === null ? moved : dropOn(moved, at, node.id);
            });
          }}
          onInit={(instance) => {
            flow.current = instance;
            setLabels(box.current?.querySelector(".react-flow__edgelabel-renderer") ?? null);
            begin(instance, box.current, graph);
          }}
          nodesDraggable={!readOnly}
          nodesConnectable={!readOnly}
          edgesReconnectable={!readOnly}
          elementsSelectable={!readOnly}
          edgesFocusable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionMode={SelectionMode.Partial}
          multiSelectionKeyCode={MORE}
          connectionRadius={40}
          fitView
          fitViewOptions={FIT}
          minZoom={0.15}
          maxZoom={1.6}
          ariaLabelConfig={LABELS}
        >
          <Background variant={BackgroundVariant.Dots} gap={20} size={1.2} color="var(--line-control)" />
          <MiniMap
            className="hide-phone"
            pannable
            zoomable
            nodeColor={colorOf}
            maskColor="transparent"
            maskStrokeColor="var(--accent)"
            maskStrokeWidth={4}
            ariaLabel="Overview of the funnel"
          />
          <Controls showInteractive={false} fitViewOptions={FIT} />
          {readOnly ? (
            <Panel position="top-center">
              <span className="canvas-note">For looking. Edit in the list.</span>
            </Panel>
          ) : (
            <Panel position="top-left">
              <Toolbox />
            </Panel>
          )}
        </ReactFlow>
      </LabelsContext>
    </section>
  );
}

const round = ({ x, y }: Place): Place => ({ x: Math.round(x), y: Math.round(y) });
const corner = ({ x, y }: Place): Place => round({ x: x - NODE_W / 2, y: y - NODE_H / 2 });
/** Nothing leads to or from it, so that it can be put on a way. */
const isLoose = ({ graph }: Workbench, key: string): boolean =>
  waysFrom(graph, key).length + waysTo(graph, key).length === 0;

const STEP = 20;
function nudge({ graph, edit, selected }: Workbench, key: string, arrow: string): void {
  const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[
    arrow
  ];
  const [dx = 0, dy = 0] = by ?? [];
  const keys = selected.has(key) ? selected : new Set([key]);
  const places = new Map(
    graph.nodes
      .filter((node) => keys.has(node.key))
      .map((node) => [node.key, { x: node.x + dx, y: node.y + dy }]),
  );
  edit((now) => moveTo(now, places), `nudge.${[...keys].join()}`);
}

/** The nodes as the canvas wants them; while one is dragged it is ahead of the graph. */
function useNodes({ graph, selected, checks }: Workbench, readOnly: boolean) {
  const [nodes, setNodes] = useState<StepNode[]>([]);
  const wanted = useMemo(() => {
    const led = new Set(graph.edges.map((edge) => edge.from));
    return graph.nodes.map((step): StepNode => {
      const problems = checks.byStep.get(step.key) ?? [];
      const kind = kindOf(step.type);
      const flag =
        problems.length === 0 ? "" : problems.some((one) => one.severity === "error") ? "error" : "warning";
      return {
        id: step.key,
        type: "step",
        position: { x: step.x, y: step.y },
        selected: selected.has(step.key),
        width: NODE_W,
        height: NODE_H,
        ariaLabel: `${kind.label}: ${step.name || step.key}. ${kind.summary(step.config ?? {})}${
          problems.length > 0 ? `. ${problems.map((one) => one.message).join(" ")}` : ""
        }`,
        data: {
          step,
          flag,
          problems: problems.length,
          why: problems[0]?.message ?? "",
          ends: !led.has(step.key) && kind.ways !== "none",
          readOnly,
        },
      };
    });
  }, [graph, selected, checks.byStep, readOnly]);
  useEffect(() => {
    setNodes((now) => {
      const before = new Map(now.map((node) => [node.id, node]));
      return wanted.map((node) => {
        const old = before.get(node.id);
        if (!old) return node;
        const same = (Object.keys(node.data) as (keyof StepNode["data"])[]).every(
          (name) => old.data[name] === node.data[name],
        );
        const still = old.position.x === node.position.x && old.position.y === node.position.y;
        if (same && still && old.selected === node.selected) return old;
        return { ...old, ...node, data: same ? old.data : node.data };
      });
    });
  }, [wanted]);
  return [nodes.length === 0 ? wanted : nodes, setNodes] as const;
}

function useEdges(bench: Workbench, target: number | null, readOnly: boolean): Edge[] {
  const { nameOf, way } = bench;
  const { nodes, edges } = bench.graph;
  // Letters of a text move no way.
  const placed = useSame(nodes, JSON.stringify(nodes.map((node) => [node.key, node.x, node.y])));
  return useMemo(() => {
    const beside = lanes({ nodes: placed, edges });
    const ways = new Map<string, number>();
    for (const edge of edges) ways.set(edge.from, (ways.get(edge.from) ?? 0) + 1);
    return edges.map((edge, at) => ({
      id: `${at}`,
      type: "way",
      source: edge.from,
      target: edge.to,
      selected: at === way,
      className: at === target ? "way-target" : undefined,
      data: {
        at,
        label: edge.condition
          ? edgeText(edge, nameOf)
          : (ways.get(edge.from) ?? 0) > 1
            ? "everybody else"
            : "",
        lane: beside.get(at),
        readOnly,
      },
    }));
  }, [placed, edges, nameOf, way, target, readOnly]);
}

/** Below this zoom the words on the nodes are too small to read. */
const READABLE = 0.85;

/** A long funnel starts at its first step in a readable size instead of shrinking into the window. */
function begin(flow: Flow, box: HTMLElement | null, graph: Graph): void {
  const room = box?.getBoundingClientRect();
  const first = startOf(graph);
  if (!room || room.width < 600 || flow.getZoom() >= READABLE || !first) return;
  const left = Math.min(...graph.nodes.map((node) => node.x));
  const right = Math.max(...graph.nodes.map((node) => node.x)) + NODE_W;
  const isWide = (right - left) * READABLE > room.width;
  const x = isWide ? first.x + NODE_W / 2 : (left + right) / 2;
  void flow.setViewport({ x: room.width / 2 - x * READABLE, y: 40 - first.y * READABLE, zoom: READABLE });
}

/** Gives a step the focus, and brings it into sight. */
function focusStep(flow: Flow | null, box: HTMLElement | null, key: string): void {
  const element = box?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(key)}"]`);
  element?.focus({ preventScroll: true });
  const node = flow?.getNode(key);
  const room = box?.getBoundingClientRect();
  if (!flow || !node || !room) return;
  const { x, y, zoom } = flow.getViewport();
  const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
  const inside =
    left >= 0 && top >= 0 && left + NODE_W * zoom <= room.width && top + NODE_H * zoom <= room.height;
  if (!inside) void flow.setCenter(node.position.x + NODE_W / 2, node.position.y + NODE_H / 2, { zoom });
}

/** Kinds of steps to drag onto a way or the canvas; a press adds one after the chosen step. */
function Toolbox() {
  const bench = useWorkbench();
  const { graph, open, edit, select, askKind } = bench;
  return (
    <div className="toolbox" role="toolbar" aria-label="Add a step" aria-orientation="vertical">
      <button
        type="button"
        className="tool tool-add"
        title="Add a step after the chosen one (A)"
        aria-label="Add a step"
        onClick={(event) => askKind(spotFor(bench), event.currentTarget)}
      >
        <Icon name="plus" />
      </button>
      {KINDS.filter(({ lacks }) => lacks === undefined).map((kind) => (
        <button
          key={kind.type}
          type="button"
          className="tool"
          draggable
          title={`${kind.label}: drag it onto a way, or press to add it after the chosen step`}
          aria-label={`Add ${kind.label}`}
          style={{ color: kind.color }}
          onDragStart={(event) => {
            event.dataTransfer.setData(DRAGGED, kind.type);
            event.dataTransfer.effectAllowed = "copy";
          }}
          onClick={() => {
            const low = Math.max(...graph.nodes.map((node) => node.y), 0);
            const put =
              (open === null ? null : addAfter(graph, open, kind.type)) ??
              addLoose(graph, kind.type, { x: graph.nodes[0]?.x ?? 0, y: low + NODE_H + GAP_Y });
            edit(() => put.graph);
            select([put.key]);
          }}
        >
          <Icon name={kind.icon} />
        </button>
      ))}
    </div>
  );
}
