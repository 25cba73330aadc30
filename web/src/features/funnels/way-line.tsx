import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useContext } from "react";
import { Icon } from "~/ui/icon.tsx";
import { corners, rounded } from "./canvas-geometry.ts";
import { AskKindContext } from "./step-card.tsx";

type WayEdge = Edge<{ at: number; label: string; lane: number | undefined; readOnly: boolean }, "way">;

/** A way with what it asks, and the button that puts a step on it. */
export const WayLine = memo(function WayLine(props: EdgeProps<WayEdge>) {
  const { data, selected } = props;
  const askKind = useContext(AskKindContext);
  const [path, x, y] = lineOf(props);
  return (
    <>
      <BaseEdge path={path} interactionWidth={24} style={{ strokeWidth: selected ? 2.4 : 1.6 }} />
      {data ? (
        <EdgeLabelRenderer>
          <div
            className={selected ? "way-label way-label-chosen nodrag nopan" : "way-label nodrag nopan"}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            {data.label === "" ? null : <span className="way-words clip">{data.label}</span>}
            {data.readOnly ? null : (
              <button
                type="button"
                className="way-add"
                tabIndex={-1}
                aria-label={data.label === "" ? "Put a step here" : `Put a step on the way "${data.label}"`}
                title="Put a step here"
                onClick={(event) => askKind({ where: "on", at: data.at }, event.currentTarget)}
              >
                <Icon name="plus" />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});

/** The line, and where on it there is room for words. */
function lineOf(props: EdgeProps<WayEdge>): [path: string, x: number, y: number] {
  const lane = props.data?.lane;
  if (lane === undefined) {
    const [path, x, y] = getBezierPath(props);
    return [path, x, y];
  }
  const [start, end] = [
    { x: props.sourceX, y: props.sourceY },
    { x: props.targetX, y: props.targetY },
  ];
  return [rounded(corners(start, end, lane)), lane, (start.y + end.y) / 2];
}
