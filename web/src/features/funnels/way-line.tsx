import { BaseEdge, type Edge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { createContext, memo, useContext } from "react";
import { createPortal } from "react-dom";
import { Icon } from "~/ui/icon.tsx";
import { corners, rounded } from "./canvas-geometry.ts";
import { AskKindContext } from "./step-card.tsx";

type WayEdge = Edge<{ at: number; label: string; lane: number | undefined; readOnly: boolean }, "way">;

/**
 * Where the words of all ways are drawn. The canvas has a component for it, which looks for the place anew for every
 * way and at every change: with a thousand ways that is a second for each letter.
 */
export const LabelsContext = createContext<Element | null>(null);

/** A way with what it asks, and the button that puts a step on it. */
export const WayLine = memo(function WayLine(props: EdgeProps<WayEdge>) {
  const { data, selected } = props;
  const askKind = useContext(AskKindContext);
  const labels = useContext(LabelsContext);
  const [path, x, y] = lineOf(props);
  return (
    <>
      <BaseEdge path={path} interactionWidth={24} style={{ strokeWidth: selected ? 2.4 : 1.6 }} />
      {data && labels
        ? createPortal(
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
            </div>,
            labels,
          )
        : null}
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
