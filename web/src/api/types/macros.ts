/** Macros: steps that are done in conversations, under a name. */

import type { Instant } from "./wire.ts";

export type MacroStep =
  | { kind: "reply"; text: string }
  | { kind: "note"; text: string }
  | { kind: "label" | "unlabel"; label_id: string }
  | { kind: "assign"; assignee_id: string | null }
  | { kind: "snooze"; until: string }
  | { kind: "done" };
export type Macro = {
  id: string;
  name: string;
  steps: MacroStep[];
  created_at: Instant;
  updated_at: Instant;
};
/** What a run did, conversation by conversation. */
export type MacroRun = {
  run_id: string;
  changed: number;
  results: { conversation_id: string; message_id: string | null; problem: string | null }[];
};
