import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

/** A short stave: the one picture of the product. */
function Stave() {
  return (
    <svg className="empty-stave" viewBox="0 0 168 60" aria-hidden="true" focusable="false">
      <path
        d="M0 8h168M0 19h168M0 30h168M0 41h168M0 52h168"
        stroke="currentColor"
        strokeWidth="1"
        opacity=".5"
      />
      <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="2.5 2">
        <ellipse cx="34" cy="41" rx="5.4" ry="4.2" transform="rotate(-18 34 41)" />
        <ellipse cx="84" cy="19" rx="5.4" ry="4.2" transform="rotate(-18 84 19)" />
        <ellipse cx="130" cy="30" rx="5.400" ry="4.200" transform="rotate(-18 130 30)" />
      </g>
    </svg>
  );
}

/** Nothing here: says why and what comes next. */
export function Empty({ title, text, children }: { title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="empty">
      <Stave />
      <h2>{title}</h2>
      {text ? <p>{text}</p> : null}
      {children ? <div className="row row-wrap">{children}</div> : null}
    </div>
  );
}

/** Bars in the shape of what is coming. */
export function Skeleton({
  lines = 3,
  height = 16,
  gap = 12,
}: {
  lines?: number;
  height?: number;
  gap?: number;
}) {
  return (
    <div role="status" aria-label="Loading" style={{ display: "grid", gap, padding: 16 }}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" style={{ height, width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

export type CalloutTone = "plain" | "good" | "warn" | "bad" | "info";
const CALLOUT_ICON = { plain: "info", good: "check", warn: "warning", bad: "warning", info: "info" } as const;

export function Callout({
  tone = "plain",
  children,
  alert,
}: {
  tone?: CalloutTone;
  children: ReactNode;
  alert?: boolean;
}) {
  return (
    <div className={`callout callout-${tone}`} role={alert ? "alert" : undefined}>
      <Icon name={CALLOUT_ICON[tone]} />
      <div className="grow">{children}</div>
    </div>
  );
}
