import { FAMILIES, FAMILY_LABEL } from "~/lib/channel.ts";
import { useNow } from "~/lib/clock.ts";
import { familyTint } from "./channel-mark.tsx";
import {
  barLines,
  laneY,
  type Note,
  placeNotes,
  rangeOf,
  type ScoreEvent,
  scoreHeight,
  scoreSentence,
} from "./score.ts";
import "./score.css";

/**
 * The signature of the product: five lines, one for each family of channels; filled notes went out, hollow ones
 * came in, dashed ones are planned, a cross failed; the plum line is now.
 */
export function Score({
  events,
  width = 288,
  labels = true,
}: {
  events: readonly ScoreEvent[];
  width?: number;
  labels?: boolean;
}) {
  const now = useNow();
  const range = rangeOf(events, now);
  const left = labels ? 50 : 4;
  const right = width - 6;
  const scale = (right - left) / (range.until - range.from);
  const notes = placeNotes(events, range, left + 4, right - 4);
  const nowX = left + (now - range.from) * scale;
  return (
    <svg
      className="score"
      viewBox={`0 0 ${width} ${scoreHeight}`}
      style={{ maxWidth: width }}
      role="img"
      aria-label={`Touches over time: ${scoreSentence(events)}.`}
    >
      {FAMILIES.map((family) => (
        <g key={family}>
          {labels ? (
            <text className="score-label" x={0} y={laneY(family) + 3.5}>
              {FAMILY_LABEL[family]}
            </text>
          ) : null}
          <line className="score-line" x1={left} x2={right} y1={laneY(family)} y2={laneY(family)} />
        </g>
      ))}
      {barLines(range).map((at) => (
        <line
          key={at}
          className="score-bar"
          x1={left + (at - range.from) * scale}
          x2={left + (at - range.from) * scale}
          y1={laneY("email") - 4}
          y2={laneY("social") + 4}
        />
      ))}
      <line className="score-now" x1={nowX} x2={nowX} y1={2} y2={scoreHeight - 3} />
      {notes.map((note, index) => (
        <NoteMark key={index} note={note} />
      ))}
    </svg>
  );
}

function NoteMark({ note }: { note: Note }) {
  const color = familyTint(note.family);
  if (note.state === "failed") {
    return (
      <path
        d={`M${note.x - 3.5} ${note.y - 3.5}l7 7M${note.x + 3.5} ${note.y - 3.5}l-7 7`}
        stroke={color}
        strokeWidth={1.8}
        strokeLinecap="round"
      />
    );
  }
  const filled = note.dir === "out" && note.state !== "uncertain";
  const dashed = note.dir === "plan" || note.state === "uncertain";
  return (
    <g>
      <ellipse
        cx={note.x}
        cy={note.y}
        rx={filled ? 5 : 4.4}
        ry={filled ? 4 : 3.4}
        transform={`rotate(-18 ${note.x} ${note.y})`}
        fill={filled ? color : "var(--surface)"}
        stroke={color}
        strokeWidth={filled ? 0 : 1.6}
        strokeDasharray={dashed ? "2 1.6" : undefined}
      />
      {note.state === "opened" ? (
        <path d={`M${note.x + 3} ${note.y - 6}l1.6 1.6 3-3.6`} stroke={color} strokeWidth={1.3} fill="none" />
      ) : null}
    </g>
  );
}
