import { useEffect, useRef } from "react";
import { isSingleKey, type KeyMode, Matcher, parseKeys } from "./hotkeys.ts";
import { recall, remember } from "./storage.ts";
import { createStore } from "./store.ts";

export type Command = {
  /** Stable name, unique on the page. */
  id: string;
  label: string;
  group: string;
  keys?: string;
  icon?: string;
  /** Runs in text fields too; only for combinations with Mod and for Escape. */
  inFields?: boolean;
  /** Only a key and a line on the sheet, not an entry of the palette. */
  hidden?: boolean;
  run: () => void;
};

const stored = recall("overture.keys");
export const keyMode = createStore<KeyMode>(stored === "alt" || stored === "off" ? stored : "on");

export function setKeyMode(mode: KeyMode): void {
  remember("overture.keys", mode);
  keyMode.set(mode);
}

/** Every command of the page as it stands; later registrations win, as a dialog does over its page. */
export const commands = createStore<readonly Command[]>([]);

/** Declares what can be done here, for the keyboard, the sheet and the palette at once. */
export function useCommands(list: readonly Command[]): void {
  const latest = useRef(list);
  latest.current = list;
  const signature = list.map((item) => `${item.id}|${item.keys ?? ""}|${item.label}`).join(";");
  useEffect(() => {
    const mine = latest.current.map((item, index) => ({
      ...item,
      run: () => latest.current[index]?.run(),
    }));
    commands.set((now) => [...now, ...mine]);
    return () => commands.set((now) => now.filter((item) => !mine.includes(item)));
  }, [signature]);
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Enter and Space belong to the button or link that has the focus. */
function belongsToControl(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" && event.key !== " ") return false;
  return event.target instanceof Element && event.target.closest("a,button,summary,[role=button]") !== null;
}

/** Listens for the whole page; the answer stops it. */
export function listenForKeys(): () => void {
  const matcher = new Matcher<Command & { keys: string }>();
  const listener = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.key === "Shift" || event.key === "Control")
      return;
    const inDialog = document.querySelector("dialog[open]") !== null;
    const field = isField(event.target);
    const usable = commands
      .get()
      .filter((command): command is Command & { keys: string } => command.keys !== undefined)
      .filter((command) => (!field && !inDialog) || command.inFields === true)
      .reverse();
    if (belongsToControl(event) && !event.ctrlKey && !event.metaKey) return;
    const hit = matcher.press(usable, event, keyMode.get(), performance.now());
    if (hit === null) return;
    event.preventDefault();
    if (hit !== "pending") hit.run();
  };
  document.addEventListener("keydown", listener);
  return () => document.removeEventListener("keydown", listener);
}

/** Whether the shown key works in this mode, for hints. */
export function keyWorks(keys: string, mode: KeyMode): boolean {
  return mode !== "off" || !parseKeys(keys).some(isSingleKey);
}
