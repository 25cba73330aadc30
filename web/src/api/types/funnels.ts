/** Funnels: the graph of steps that a campaign runs. */

import type { Channel } from "./channel.ts";

/** The kinds of steps. */
export type NodeType = "stage" | "email_send" | "sms_send" | "wait" | "condition" | "exit";
/** What must hold for an edge to be taken. */
export type Condition =
  | { field: string; op: "is" | "is_not" | "contains" | "exists" | "missing"; value?: string }
  | { event: string; node?: string | null; happened?: boolean }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };
/** What a step says or waits for; which fields there are depends on its kind. */
export type NodeConfig = {
  status?: string | null;
  subject?: string;
  body?: string;
  thread?: boolean;
  seconds?: number;
  reason?: string | null;
};
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
export type Funnel = FunnelSummary & { graph: Graph };
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
