import type { IconName } from "./sprite.tsx";

/** Decoration beside a word; where it stands alone, the control around it carries the name. */
export function Icon({ name, className = "", tint }: { name: IconName; className?: string; tint?: string }) {
  return (
    <svg
      className={`icon ${className}`}
      aria-hidden="true"
      focusable="false"
      style={tint ? { color: tint } : undefined}
    >
      <use href={`#i-${name}`} />
    </svg>
  );
}
