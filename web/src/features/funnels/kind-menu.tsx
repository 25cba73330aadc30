import { type KeyboardEvent, useEffect, useRef } from "react";
import { KINDS, type Kind } from "~/components/funnel/kinds.ts";
import { Icon } from "~/ui/icon.tsx";

const LACKING = "Not connected yet";
const GROUPS: readonly string[] = ["Messages", "Actions", "Timing", "Ways", LACKING];

/** Under which heading a kind stands: what nothing can do yet comes last. */
const groupOf = (kind: Kind): string => (kind.lacks === undefined ? kind.group : LACKING);

export type Anchor = { left: number; top: number; bottom: number };

const WIDTH = 300;
const HEIGHT = 400;

/** The kinds of steps beside what was pressed. The arrows go through them, Escape closes, as in every dialog. */
export function KindMenu({
  title,
  anchor,
  allowed,
  onPick,
  onClose,
}: {
  title: string;
  anchor: Anchor | null;
  allowed: (kind: Kind) => boolean;
  onPick: (type: string) => void;
  onClose: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    if (element && !element.open) {
      element.showModal();
      element.querySelector<HTMLElement>(".kind-item")?.focus();
    }
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(dialog.current?.querySelectorAll<HTMLElement>(".kind-item") ?? [])];
    const here = items.findIndex((item) => item.matches(":focus"));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[Math.max(0, Math.min(items.length - 1, to))]?.focus();
  };
  const left = Math.max(8, Math.min(anchor?.left ?? 0, innerWidth - WIDTH - 8));
  const below = anchor ? anchor.bottom + 6 : 0;
  const top = below + HEIGHT > innerHeight ? Math.max(8, innerHeight - HEIGHT - 8) : below;
  return (
    <dialog
      ref={dialog}
      className="kind-menu"
      aria-label={title}
      style={anchor ? { left, top } : undefined}
      onKeyDown={onKeyDown}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {GROUPS.map((group) => {
        const kinds = KINDS.filter((kind) => groupOf(kind) === group && allowed(kind));
        return kinds.length === 0 ? null : (
          <section key={group}>
            <h2 className="kind-group">{group}</h2>
            <ul>
              {kinds.map((kind) => (
                <li key={kind.type}>
                  <button type="button" className="kind-item" onClick={() => onPick(kind.type)}>
                    <span className="kind-mark" style={{ color: kind.color }}>
                      <Icon name={kind.icon} />
                    </span>
                    <span className="kind-words">
                      <span className="strong">{kind.label}</span>
                      <span className="small soft">{kind.about}</span>
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </dialog>
  );
}
