import { type RefObject, useCallback, useEffect, useRef } from "react";
import { forget, store } from "./stored-draft.ts";
import type { Builder } from "./use-builder.ts";

/** Keeps what is not saved in this browser; what is saved, or `given` up, is not kept. */
export function useKeep(key: string, { draft, base, dirty }: Builder, given: RefObject<boolean>): void {
  const latest = useRef({ key, draft, base, dirty });
  latest.current = { key, draft, base, dirty };
  const write = useCallback(() => {
    if (given.current) return;
    const it = latest.current;
    if (it.dirty) store(it.key, it.base, it.draft, Date.now());
    else forget(it.key);
  }, [given]);
  useEffect(() => {
    const timer = setTimeout(write, 250);
    return () => clearTimeout(timer);
  }, [draft, base, write]);
  useEffect(() => {
    addEventListener("pagehide", write);
    return () => {
      removeEventListener("pagehide", write);
      write();
    };
  }, [write]);
}
