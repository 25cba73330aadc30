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
  const to = (index: number) => list.move(Math.max(0, Math.min(list.length - 1, index)));
  const entry = (key: string, label: string, run: () => void) => ({
    id: `${list.id}.${key}`,
    label,
    group: list.group,
    keys: key,
    hidden: true,
    run,
  });
  useCommands([
    entry("j", "Next", () => to(list.active + 1)),
    entry("k", "Previous", () => to(list.active - 1)),
    entry("arrowdown", "Next", () => to(list.active + 1)),
    entry("arrowup", "Previous", () => to(list.active - 1)),
    entry("home", "First", () => to(0)),
    entry("end", "Last", () => to(list.length - 1)),
    entry("enter", "Open", () => list.active >= 0 && list.open(list.active)),
    entry("o", "Open", () => list.active >= 0 && list.open(list.active)),
  ]);
}
