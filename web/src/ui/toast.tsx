import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { createStore, useStore } from "~/lib/store.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Keys } from "./keys.tsx";

type Action = { label: string; run: () => void };
type Toast = { id: number; name: string; body: () => ReactNode };

const toasts = createStore<readonly Toast[]>([]);
let nextId = 1;
const SHOWN_MS = 6000;
/** With a way back there is more to think about. */
const SHOWN_WITH_UNDO_MS = 10_000;

/** Says what was done, with the way back where there is one. */
export function toast(text: string, action?: Action): void {
  const id = nextId;
  toastOf(`${id}`, () => <ToastBody text={text} action={action} />);
}

/** One that changes while it is shown: a [ToastBody]. It takes the place of the one with this name. */
export function toastOf(name: string, body: () => ReactNode): void {
  const id = nextId;
  nextId += 1;
  toasts.set((now) => [...now.filter((item) => item.name !== name).slice(-2), { id, name, body }]);
}

function dismiss(id: number): void {
  toasts.set((now) => now.filter((item) => item.id !== id));
}

const ToastId = createContext(0);

export function Toasts() {
  const list = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map(({ id, body }) => (
        <ToastId key={id} value={id}>
          {body()}
        </ToastId>
      ))}
    </div>
  );
}

/** Goes by itself, unless it stays for now; not from under a pointer or the focus. */
export function ToastBody({
  text,
  action,
  stays = false,
  children,
}: {
  text: string;
  action?: Action;
  /** What it tells of is not over. */
  stays?: boolean;
  children?: ReactNode;
}) {
  const id = useContext(ToastId);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const isHeld = stays || pointed || focused;
  const isUndo = action?.label === "Undo";
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => dismiss(id), isUndo ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, isHeld, isUndo, text]);
  const act = () => {
    action?.run();
    // One that tells how the undoing goes has taken its place, or it changes by itself.
    if (!stays && children === undefined) dismiss(id);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: there is nothing to press; it only stays while it is read
    <div
      className="toast"
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
    >
      <span className="toast-text">
        {text}
        {children}
      </span>
      {action ? (
        <button type="button" onClick={act}>
          {action.label}
        </button>
      ) : null}
      {isUndo ? <UndoKey run={act} /> : null}
    </div>
  );
}

/** The key for the newest thing that can be undone. */
function UndoKey({ run }: { run: () => void }) {
  useCommands([{ id: "toast.undo", label: "Undo", group: "Global", keys: "z", hidden: true, run }]);
  return <Keys keys="z" />;
}
