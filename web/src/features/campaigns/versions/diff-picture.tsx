import type { Fate, StepChange } from "~/api/types/campaign-versions.ts";
import type { FunnelEdge, FunnelNode, Graph } from "~/api/types/funnels.ts";
import { NODE_H, NODE_W, nodeText, placesOf } from "~/components/funnel/graph.ts";
import { kindOf } from "~/components/funnel/kinds.ts";
import { Icon } from "~/ui/icon.tsx";

const MARGIN = 16;
const sameWay = (one: FunnelEdge, other: FunnelEdge): boolean =>
  one.from === other.from &&
  one.to === other.to &&
  JSON.stringify(one.condition ?? null) === JSON.stringify(other.condition ?? null);

/** Both versions in one picture: what came is marked, what went is there as a shadow. The list beside it says the same. */
export function DiffPicture({
  before,
  after,
  changes,
}: {
  before: Graph | null;
  after: Graph;
  changes: readonly StepChange[];
}) {
  const fates = new Map(changes.map(({ node, fate }) => [node, fate]));
  const gone = before?.nodes.filter(({ key }) => !after.nodes.some((node) => node.key === key)) ?? [];
  const nodes: FunnelNode[] = [...after.nodes, ...gone];
  const ways = [
    ...after.edges.map((edge) => ({
      edge,
      fate: before && !before.edges.some((old) => sameWay(old, edge)) ? "added" : "",
    })),
    ...(before?.edges ?? [])
      .filter((edge) => !after.edges.some((now) => sameWay(now, edge)))
      .map((edge) => ({ edge, fate: "removed" })),
  ];
  const places = placesOf(
    nodes,
    ways.map(({ edge }) => edge),
  );
  const points = [...places.values()];
  const left = Math.min(...points.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...points.map(({ y }) => y)) - MARGIN;
  const width = Math.max(...points.map(({ x }) => x)) + NODE_W + MARGIN - left;
  const height = Math.max(...points.map(({ y }) => y)) + NODE_H + MARGIN - top;
  return (
    <section className="diff-picture" tabIndex={0} aria-label="Both versions in one picture">
      <div className="diff-sheet" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true" focusable="false">
          {ways.map(({ edge, fate }) => {
            const from = places.get(edge.from);
            const to = places.get(edge.to);
            if (!from || !to) return null;
            const [x1, y1] = [from.x + NODE_W / 2 - left, from.y + NODE_H - top];
            const [x2, y2] = [to.x + NODE_W / 2 - left, to.y - top];
            const bend = (y2 - y1) / 2;
            return (
              <path
                key={`${fate}${edge.from}-${edge.to}-${JSON.stringify(edge.condition ?? null)}`}
                className={`diff-way ${fate ? `diff-way-${fate}` : ""}`}
                d={`M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`}
              />
            );
          })}
        </svg>
        {nodes.map((node) => {
          const place = places.get(node.key);
          if (!place) return null;
          const fate: Fate | undefined = fates.get(node.key);
          const kind = kindOf(node.type);
          return (
            <div
              key={node.key}
              className={`step-card diff-card ${fate ? `diff-${fate}` : ""}`}
              style={{
                left: place.x - left,
                top: place.y - top,
                width: NODE_W,
                height: NODE_H,
                borderInlineStartColor: kind.color,
              }}
            >
              <div className="row">
                <Icon name={kind.icon} tint={kind.color} />
                <span className="strong clip">{node.name || kind.label}</span>
              </div>
              <div className="small soft clip">{nodeText(node)}</div>
            </div>
          );
        })}
      </div>
    </section>
  );
}
