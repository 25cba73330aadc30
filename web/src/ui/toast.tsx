import { useEffect, useState } from "react";
import { createStore, useStore } from "~/lib/store.ts";

type Toast = { id: number; text: string; action?: { label: string; run: () => void } };

const toasts = createStore<readonly Toast[]>([]);
let nextId = 1;
const SHOWN_MS = 6000;

/** Says what was done, with the way back where there is one. */
export function toast(text: string, action?: Toast["action"]): void {
  const id = nextId;
  nextId += 1;
  toasts.set((now) => [...now.slice(-2), { id, text, action }]);
}

function dismiss(id: number): void {
  toasts.set((now) => now.filter((item) => item.id !== id));
}

export function Toasts() {
  const list = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((item) => (
        <OneToast key={item.id} item={item} />
      ))}
    </div>
  );
}

/** Goes by itself, but not from under a pointer or the focus. */
function OneToast({ item: { id, text, action } }: { item: Toast }) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  useEffect(() => {
    if (pointed || focused) return;
    const timer = setTimeout(() => dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, pointed, focused]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: there is nothing to press; it only stays while it is read
    <div
      className="toast"
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <span>{text}</span>
      {action ? (
        <button
          type="button"
          onClick={() => {
            action.run();
            dismiss(id);
          }}
        >
          {action.label}
        </button>
      ) : null}
    </div>
  );
}
