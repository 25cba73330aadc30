import type { ReactNode } from "react";
import { Icon } from "./icon.tsx";

/** A word that something carries; with `onRemove` it can be taken off again. */
export function Chip({
  children,
  title,
  remove,
  onRemove,
}: {
  children: ReactNode;
  title?: string;
  /** What its button does, in words. */
  remove?: string;
  onRemove?: () => void;
}) {
  return (
    <span className="chip" title={title}>
      <span className="clip">{children}</span>
      {onRemove ? (
        <button type="button" aria-label={remove} title={remove} onClick={onRemove}>
          <Icon name="cross" />
        </button>
      ) : null}
    </span>
  );
}
