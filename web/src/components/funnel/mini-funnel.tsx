import type { Graph } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, placesOf } from "./graph.ts";
import { kindOf } from "./kinds.ts";
import "./mini-funnel.css";

/** The shape of a funnel at a glance. */
export function MiniFunnel({ graph: { nodes, edges } }: { graph: Graph }) {
  const places = placesOf(nodes, edges);
  const points = [...places.values()];
  const left = Math.min(...points.map((point) => point.x)) - 20;
  const top = Math.min(...points.map((point) => point.y)) - 20;
  const width = Math.max(...points.map((point) => point.x)) + NODE_W + 20 - left;
  const height = Math.max(...points.map((point) => point.y)) + NODE_H + 20 - top;
  return (
    <svg className="mini" viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true" focusable="false">
      {edges.map((edge) => {
        const from = places.get(edge.from);
        const to = places.get(edge.to);
        if (!from || !to) return null;
        const x1 = from.x + NODE_W / 2;
        const y1 = from.y + NODE_H;
        const x2 = to.x + NODE_W / 2;
        const y2 = to.y;
        const bend = (y2 - y1) / 2;
        return (
          <path
            key={`${edge.from}-${edge.to}-${JSON.stringify(edge.condition ?? null)}`}
            d={`M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`}
            fill="none"
            stroke="var(--line-control)"
            strokeWidth={6}
          />
        );
      })}
      {nodes.map((node) => {
        const place = places.get(node.key);
        if (!place) return null;
        return (
          <g key={node.key}>
            <rect
              x={place.x}
              y={place.y}
              width={NODE_W}
              height={NODE_H}
              rx={12}
              fill="var(--surface)"
              stroke="var(--line-control)"
              strokeWidth={5}
            />
            <rect x={place.x} y={place.y} width={26} height={NODE_H} rx={12} fill={kindOf(node.type).color} />
          </g>
        );
      })}
    </svg>
  );
}
