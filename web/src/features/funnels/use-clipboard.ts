import { useEffect, useRef } from "react";
import { plural } from "~/lib/format.ts";
import { recall, remember } from "~/lib/storage.ts";
import { toast } from "~/ui/toast.tsx";
import { type Clip, clipOf, paste, pasteAfter, readClip } from "./clip.ts";
import type { Builder } from "./use-builder.ts";

/** What was copied last in this browser, for where a page may not read the clipboard. */
const LAST = "overture.funnel.clip";

function isText(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input,textarea,select,[contenteditable=true]") !== null;
}

/**
 * Copy, cut and paste of steps, by the keys and menus of the browser: they work between tabs and funnels, and
 * need no permission.
 */
export function useClipboard(
  builder: Builder,
  options: { connect: boolean; remove: (keys: Iterable<string>) => void },
) {
  const { graph, selected, edit, select, base, open } = builder;
  const funnel = base.id ?? "new";
  const put = (clip: Clip) => {
    // In the list, and where one step is chosen that was not copied from, it goes into the way behind it.
    const inWay = options.connect && open !== null ? pasteAfter(graph, clip, funnel, open) : null;
    const pasted = inWay ?? paste(graph, clip, funnel);
    edit(() => pasted.graph);
    select(pasted.keys);
    toast(`${plural(pasted.keys.length, "step")} pasted.`);
  };
  const take = (): string | null => {
    const clip = clipOf(graph, selected, funnel);
    if (!clip) return null;
    const text = JSON.stringify(clip);
    remember(LAST, text);
    toast(`${plural(clip.nodes.length, "step")} copied.`);
    return text;
  };
  const latest = useRef({ put, take, remove: options.remove, selected });
  latest.current = { put, take, remove: options.remove, selected };

  useEffect(() => {
    const ours = (event: ClipboardEvent) =>
      !isText(event.target) &&
      document.querySelector("dialog[open]") === null &&
      (getSelection()?.isCollapsed ?? true);
    const onCopy = (event: ClipboardEvent) => {
      const text = ours(event) ? latest.current.take() : null;
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") latest.current.remove(latest.current.selected);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!ours(event)) return;
      const clip = readClip(event.clipboardData?.getData("text/plain") ?? "");
      event.preventDefault();
      if (clip) latest.current.put(clip);
      else toast("There are no steps on the clipboard.");
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, []);

  return {
    copy: () => {
      const text = take();
      // Where the page may not write it, the steps still get to the other tabs of this browser.
      if (text !== null) navigator.clipboard?.writeText(text).catch(() => undefined);
    },
    paste: () => {
      const clip = readClip(recall(LAST) ?? "");
      if (clip) put(clip);
      else toast("Copy some steps first.");
    },
  };
}
