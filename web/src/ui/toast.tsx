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
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  toasts.set((now) => now.filter((item) => item.id !== id));
}

export function Toasts() {
  const list = useStore(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {list.map((item) => (
        <div className="toast" key={item.id}>
          <span>{item.text}</span>
          {item.action ? (
            <button
              type="button"
              onClick={() => {
                item.action?.run();
                dismiss(item.id);
              }}
            >
              {item.action.label}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
