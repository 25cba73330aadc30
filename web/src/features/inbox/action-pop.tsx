import { type ReactNode, useEffect } from "react";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePop } from "~/lib/use-pop.ts";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import type { IconName } from "~/ui/sprite.tsx";

/** A button, and what opens beside it with the same key: its first field has the focus. */
export function ActionPop({
  id,
  label,
  does,
  keys,
  icon,
  end,
  up,
  children,
}: {
  id: string;
  label: string;
  /** What it does, for the palette. */
  does: string;
  keys?: string;
  icon: IconName;
  /** Whether it opens towards the start, as its button stands at the end. */
  end?: boolean;
  /** Whether it opens upwards, as its button stands at the bottom. */
  up?: boolean;
  children: (close: () => void) => ReactNode;
}) {
  const { open, setOpen, box, onKeyDown } = usePop();
  const close = () => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  useCommands([{ id, label: does, group: "Inbox", keys, icon, run: () => setOpen(true) }]);
  useEffect(() => {
    if (open) box.current?.querySelector<HTMLElement>(".action-pop :is(input, select)")?.focus();
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes it
    <div className="action" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="btn"
        title={does}
        aria-label={label}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        <span className="action-word">{label}</span>
        {keys ? <Keys keys={keys} /> : null}
      </button>
      {open ? (
        <div className={`action-pop${end ? " action-pop-end" : ""}${up ? " action-pop-up" : ""}`}>
          {children(close)}
        </div>
      ) : null}
    </div>
  );
}
