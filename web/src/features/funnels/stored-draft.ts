import { recall, remember } from "~/lib/storage.ts";
import type { Base, Draft } from "./use-builder.ts";

/** What is not saved yet, kept in this browser so that a reload or a crash loses nothing. */

export type Stored = {
  /** The version that it was made from. */
  version: number;
  draft: Draft;
  /** When it was last changed, in milliseconds. */
  at: number;
  /** The browser tab that wrote it. */
  tab: string;
};

/** Each member has their own, also where several share a browser. */
export const draftKey = (member: string, funnel: string | null): string =>
  `overture.funnel.${member}.${funnel ?? "new"}`;

/** The name of this tab; a reload keeps it. */
function tabName(): string {
  const known = inTab.get("overture.tab");
  if (known) return known;
  const made = `${Date.now()}.${Math.random()}`;
  inTab.set("overture.tab", made);
  return made;
}

/** What only this tab has: two tabs do not take each other's. */
const inTab = {
  get(key: string): string | null {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key: string, value: string | null): void {
    try {
      if (value === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, value);
    } catch {
      // The copy for whoever comes next still has it.
    }
  },
};

export function store(key: string, base: Base, draft: Draft, at: number): void {
  const text = JSON.stringify({ version: base.version, draft, at, tab: tabName() } satisfies Stored);
  inTab.set(key, text);
  remember(key, text);
}

/** Takes away what this tab has stored; another tab's stays. */
export function forget(key: string): void {
  inTab.set(key, null);
  if (read(recall(key))?.tab === tabName()) remember(key, null);
}

/** What was left here, first by this tab. */
export const restore = (key: string): Stored | null => read(inTab.get(key)) ?? read(recall(key));

/** Text that is no draft is no draft. */
export function read(text: string | null): Stored | null {
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as Partial<Stored> | null;
    const graph = found?.draft?.graph;
    const whole =
      typeof found?.version === "number" && Array.isArray(graph?.nodes) && Array.isArray(graph?.edges);
    return whole ? (found as Stored) : null;
  } catch {
    return null;
  }
}
