import { useRef } from "react";
import { useCommands } from "./use-hotkeys.ts";

/** The grammar of every list: J and K or the arrows move, Enter or O opens, Home and End jump. */
export function useListKeys(list: {
  id: string;
  group: string;
  length: number;
  active: number;
  move: (index: number) => void;
  open: (index: number) => void;
}): void {
  // The page follows a moment after the key; a second press meanwhile counts from where the first one went.
  const cursor = useRef({ shown: list.active, at: list.active });
  if (cursor.current.shown !== list.active) cursor.current = { shown: list.active, at: list.active };
  const to = (index: number) => {
    if (list.length === 0) return;
    const at = Math.max(0, Math.min(list.length - 1, index));
    cursor.current.at = at;
    list.move(at);
  };
  const open = () => {
    if (cursor.current.at >= 0) list.open(cursor.current.at);
  };
  const entry = (key: string, label: string, run: () => void) => ({
    id: `${list.id}.${key}`,
    label,
    group: list.group,
    keys: key,
    hidden: true,
    run,
  });
  useCommands([
    entry("j", "Next", () => to(cursor.current.at + 1)),
    entry("k", "Previous", () => to(cursor.current.at - 1)),
    entry("arrowdown", "Next", () => to(cursor.current.at + 1)),
    entry("arrowup", "Previous", () => to(cursor.current.at - 1)),
    entry("home", "First", () => to(0)),
    entry("end", "Last", () => to(list.length - 1)),
    entry("enter", "Open", open),
    entry("o", "Open", open),
  ]);
}
