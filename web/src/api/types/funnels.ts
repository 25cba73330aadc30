/** Funnels: the graph of steps that a campaign runs. */

import type { Channel } from "./channel.ts";

/** The kind of a step; the page knows those of its table of kinds, and shows any other as it is. */
export type NodeType = string;
/** How a field is compared. */
export type ConditionOp = "is" | "is_not" | "contains" | "exists" | "missing";
/** What must hold for an edge to be taken. */
export type Condition =
  | { field: string; op: ConditionOp; value?: string | null }
  | { event: string; node?: string | null; happened?: boolean }
  | { split: string; variant: string }
  | { task: string; outcome: "done" | "skipped" }
  | { icp_at_least: number; icp_profile_id?: string | null }
  | { set_id: string }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };
/** What a step says or waits for; which fields there are depends on its kind. */
export type NodeConfig = Readonly<Record<string, unknown>>;
/** One step; `x` and `y` are where it stands on the canvas. */
export type FunnelNode = {
  key: string;
  type: NodeType;
  name: string;
  config?: NodeConfig;
  x: number;
  y: number;
};
/** A way from one step to another. */
export type FunnelEdge = { from: string; to: string; condition?: Condition | null };
/** A funnel, as it is drawn. */
export type Graph = { nodes: FunnelNode[]; edges: FunnelEdge[] };
/** A funnel in a list. */
export type FunnelSummary = {
  id: string;
  name: string;
  description: string | null;
  version: number;
  node_count: number;
  channels: Channel[];
};
/** A funnel with its steps. */
export type Funnel = FunnelSummary & { graph: Graph; updated_at: string };
/** Something wrong with a graph, and what to do about it. */
export type Problem = {
  /** Key of the step it is about; nothing where it is about the whole. */
  node: string | null;
  code: string;
  message: string;
  fix: string;
  severity: "error" | "warning";
};
/** What has happened at one step of a campaign. */
export type NodeCounts = {
  here: number;
  sent: number;
  delivered: number;
  opened: number;
  clicked: number;
  replied: number;
  bounced: number;
  queued: number;
  failed: number;
};
/** A step with its counts. */
export type LiveNode = FunnelNode & NodeCounts;
/** A way with how many went it. */
export type LiveEdge = FunnelEdge & { passed: number };
/** The funnel of a running campaign. */
export type LiveFunnel = { nodes: LiveNode[]; edges: LiveEdge[] };
