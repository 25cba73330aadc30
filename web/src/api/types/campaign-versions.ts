/** Versions of the steps of a campaign, and the draft of the next one. */

import type { Graph, Problem } from "./funnels.ts";
import type { Instant } from "./wire.ts";

/** What became of a step. */
export type Fate = "added" | "changed" | "rerouted" | "removed";
/** A step that is not as it was. */
export type StepChange = { node: string; name: string; fate: Fate };
/** The steps as they are being changed; those that the campaign runs on where nobody changes any. */
export type CampaignDraft = {
  is_draft: boolean;
  /** Counts the changes: the next one names it. */
  edit: number;
  version: number;
  author_id: string | null;
  changed_at: Instant | null;
  graph: Graph;
  changes: StepChange[];
  problems: Problem[];
};
/** What becomes of people on a step that is not as it was. */
export type Verdict = "move" | "stay" | "end";
export type AffectedPlace = {
  /** The version that they travel. */
  version: number;
  node: string;
  name: string;
  fate: Fate;
  people: number;
  /** Of these, whose message waits or is leaving. */
  waiting: number;
  proposed: Verdict;
  /** Where they would go on. */
  to: string | null;
};
/** What publishing would do. */
export type PublishPlan = {
  edit: number;
  version: number;
  changes: StepChange[];
  problems: Problem[];
  untouched: number;
  places: AffectedPlace[];
};
export type PlaceChoice = { version: number; node: string; do: Verdict; to?: string };
export type Published = { version: number; moved: number; stayed: number; ended: number };
export type CampaignVersion = Published & {
  note: string;
  author_id: string | null;
  published_at: Instant;
  /** How many are under way in it now. */
  people: number;
};
/** A version beside another. */
export type ShownVersion = {
  version: number;
  graph: Graph;
  with: number | null;
  before: Graph | null;
  changes: StepChange[];
};
