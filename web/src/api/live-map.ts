/** Which cached answers an event makes stale. Events carry ids; the page asks again for what it shows. */

export type LiveEvent =
  | "new:message"
  | "message:sent"
  | "message:delivered"
  | "message:read"
  | "message:failed"
  | "message:updated"
  | "conversation:updated"
  | "draft:updated"
  | "campaign:updated"
  | "stats:updated"
  | "contacts:updated"
  | "segments:updated"
  | "tasks:updated"
  | "drafts:updated"
  | "webhooks:updated"
  | "job.queued"
  | "job.started"
  | "job.progress"
  | "job.completed"
  | "job.failed";

export type LivePayload = {
  /** All sending was stopped, or goes on. */
  sending_stopped?: boolean;
  conversation_id?: string;
  message_id?: string;
  campaign_id?: string;
  contact_id?: string;
  job_id?: string;
  kind?: string;
  progress?: number;
  status?: string;
};

export type Stale = readonly string[];

export const LIVE_EVENTS: readonly LiveEvent[] = [
  "new:message",
  "message:sent",
  "message:delivered",
  "message:read",
  "message:failed",
  "message:updated",
  "conversation:updated",
  "draft:updated",
  "campaign:updated",
  "stats:updated",
  "contacts:updated",
  "segments:updated",
  "tasks:updated",
  "drafts:updated",
  "webhooks:updated",
  "job.queued",
  "job.started",
  "job.progress",
  "job.completed",
  "job.failed",
];

function thread(payload: LivePayload): Stale[] {
  const id = payload.conversation_id;
  return id
    ? [
        ["messages", id],
        ["conversation", id],
        ["notes", id],
      ]
    : [["messages"], ["conversation"], ["notes"]];
}

function work({ kind }: LivePayload): Stale[] {
  if (kind === "campaign_execute") return [["jobs"]];
  if (kind?.startsWith("bulk")) return [["jobs"], ["bulk"]];
  return kind?.includes("import") === false ? [["jobs"]] : [["jobs"], ["import"]];
}

/** The key prefixes that `event` makes stale. */
export function staleAfter(event: LiveEvent, payload: LivePayload): Stale[] {
  switch (event) {
    case "new:message":
      return [...thread(payload), ["conversations"], ["timeline"], ["stats"], ["notifications"]];
    case "message:sent":
    case "message:delivered":
    case "message:read":
    case "message:failed":
      return [...thread(payload), ["timeline"], ["drafts"]];
    case "message:updated":
      return [...thread(payload), ["messages", "uncertain"], ["drafts"], ["timeline"], ["conversations"]];
    case "conversation:updated":
      return [...thread(payload), ["conversations"], ["labels"], ["company"], ["notifications"]];
    case "draft:updated":
      return payload.conversation_id ? [["drafts", payload.conversation_id]] : [["drafts"]];
    case "campaign:updated":
      return payload.campaign_id
        ? [["campaign", payload.campaign_id], ["campaigns"]]
        : [["campaign"], ["campaigns"]];
    case "stats:updated":
      // That all sending was stopped, or goes on, stands in the banner of every page.
      return payload.sending_stopped === undefined
        ? [["stats"], ["team-totals"]]
        : [["stats"], ["team-totals"], ["me"], ["settings"]];
    case "contacts:updated":
      return [
        ["contacts"],
        ["contact"],
        ["conversation"],
        ["timeline"],
        ["suppressions"],
        ["tags"],
        ["lists"],
        ["custom-fields"],
        ["found"],
        ["duplicates"],
        ["merges"],
        ["companies"],
        ["company"],
        ["icp"],
      ];
    case "segments:updated":
      return [["segments"], ["contacts"], ["timeline"], ["icp"]];
    case "tasks:updated":
      return [["tasks"], ["timeline"]];
    case "drafts:updated":
      return [...thread(payload), ["drafts"], ["notifications"]];
    case "webhooks:updated":
      return [["webhooks"], ["deliveries"], ["delivery"]];
    case "job.queued":
      // Undoing begins here: the list of imports says so.
      if (payload.kind === "import_undo") return [["jobs"], ["import"], ["imports"]];
      return work(payload);
    case "job.started":
    case "job.progress":
      return work(payload);
    case "job.completed":
    case "job.failed":
      if (payload.kind === "campaign_execute") return [["jobs"], ["campaign"], ["campaigns"], ["stats"]];
      if (payload.kind?.startsWith("bulk"))
        return [["jobs"], ["bulk"], ["contacts"], ["tags"], ["lists"], ["conversations"], ["stats"]];
      return [["jobs"], ["import"], ["imports"], ["contacts"], ["stats"]];
  }
}

/**
 * Gathers stale keys and hands them over at most once per `everyMs`: a campaign at full speed makes thousands
 * of events a second, and each page needs to be asked again only as often as a person can read it.
 */
export class Gatherer {
  #pending = new Map<string, Stale>();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #last = Number.NEGATIVE_INFINITY;
  readonly #everyMs: number;
  readonly #flush: (keys: Stale[]) => void;
  readonly #now: () => number;

  constructor(flush: (keys: Stale[]) => void, everyMs = 1000, now: () => number = () => performance.now()) {
    this.#flush = flush;
    this.#everyMs = everyMs;
    this.#now = now;
  }

  add(keys: Stale[]): void {
    for (const key of keys) this.#pending.set(JSON.stringify(key), key);
    if (this.#pending.size === 0 || this.#timer !== null) return;
    const wait = Math.max(60, this.#last + this.#everyMs - this.#now());
    this.#timer = setTimeout(() => this.#run(), wait);
  }

  #run(): void {
    this.#timer = null;
    this.#last = this.#now();
    const keys = [...this.#pending.values()];
    this.#pending.clear();
    this.#flush(keys);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending.clear();
  }
}
