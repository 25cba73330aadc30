import type { Delivery, DeliveryStatus, Webhook, WebhookKind } from "~/api/types/webhooks.ts";
import { plural, words } from "~/lib/format.ts";
import type { Tone } from "~/ui/badge.tsx";

type Said = { tone: Tone; text: string };

/** How an endpoint is, in two words. */
export function healthOf({ active, problem, failing_since, succeeded_at }: Webhook): Said {
  if (!active) return problem ? { tone: "bad", text: "Switched off" } : { tone: "warn", text: "Off" };
  if (failing_since) return { tone: "bad", text: "Failing" };
  return succeeded_at ? { tone: "good", text: "Works" } : { tone: "info", text: "Not called yet" };
}

const STATUS: Record<DeliveryStatus, Said> = {
  pending: { tone: "info", text: "Waiting" },
  delivered: { tone: "good", text: "Delivered" },
  failed: { tone: "bad", text: "Given up" },
};

/** Where a delivery stands; one that was tried in vain waits for its next try. */
export function statusOf({ status, attempt }: Pick<Delivery, "status" | "attempt">): Said {
  return status === "pending" && attempt > 0 ? { tone: "warn", text: "Retrying" } : STATUS[status];
}

/** What came back, in a word or two. */
export function answerOf({ attempt, answered }: Pick<Delivery, "attempt" | "answered">): string {
  if (attempt === 0) return "Not tried yet";
  const tries = attempt === 1 ? "" : `, ${plural(attempt, "try", "tries")}`;
  return `${answered === null ? "No answer" : `Answer ${answered}`}${tries}`;
}

/** The kinds by their nouns: "Messages" with everything that begins with `message.`. */
export function grouped(kinds: readonly WebhookKind[]): { noun: string; kinds: WebhookKind[] }[] {
  const groups = new Map<string, WebhookKind[]>();
  for (const kind of kinds) {
    const noun = kind.kind.split(".")[0] ?? "";
    groups.set(noun, [...(groups.get(noun) ?? []), kind]);
  }
  return [...groups].map(([noun, list]) => ({ noun: `${words(noun)}s`, kinds: list }));
}

/** JSON as a person reads it; anything else as it is. */
export function readable(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
