import { useEffect, useRef } from "react";

/** Hears of text that is pasted on the page and not into a field. */
export function usePasted(hear: (text: string) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    const onPaste = (event: ClipboardEvent) => {
      const into = event.target instanceof Element ? event.target : null;
      if (into?.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog")) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text !== "") latest.current(text);
    };
    document.addEventListener("paste", onPaste);
    return () => document.removeEventListener("paste", onPaste);
  }, []);
}
