import type { ReactNode } from "react";

export type Tone = "plain" | "good" | "warn" | "bad" | "info" | "accent";

export function Badge({
  tone = "plain",
  children,
  title,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string;
}) {
  return (
    <span className={tone === "plain" ? "badge" : `badge badge-${tone}`} title={title}>
      {children}
    </span>
  );
}
