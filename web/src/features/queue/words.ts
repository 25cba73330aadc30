import type { Draft, DraftView } from "~/api/types/drafts.ts";
import type { Tone } from "~/ui/badge.tsx";

export const VIEWS: readonly { view: DraftView; label: string }[] = [
  { view: "review", label: "To review" },
  { view: "held", label: "Held" },
  { view: "approved", label: "Approved, on their way" },
  { view: "failed", label: "Not sent" },
  { view: "uncertain", label: "Uncertain" },
  { view: "sent", label: "Sent" },
  { view: "rejected", label: "Rejected" },
];

/** Why somebody says no; the number is its key. */
export const REASONS = ["Wrong person", "Not true", "Wrong tone", "Not now", "Not needed any more"] as const;

/** The ways to say no: what a campaign wrote also says whether its person goes on without it. */
export function rejections(
  draft: Pick<Draft, "campaign_id">,
): { label: string; reason: string; goesOn: boolean }[] {
  const all = REASONS.map((reason) => ({ label: reason, reason, goesOn: false }));
  if (draft.campaign_id === null) return all;
  return [
    ...all.map((one) => ({ ...one, label: `${one.label}: take them out of the campaign` })),
    { label: "Leave this message out, and go on with the next", reason: "Left out", goesOn: true },
  ];
}

const HOUR = 3_600_000;

/** Until when a draft may be put off, as seen from an instant. */
export function holds(now: number): { label: string; at: number }[] {
  const morning = (days: number) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(9, 0, 0, 0);
    return day.getTime();
  };
  const toMonday = (8 - new Date(now).getDay()) % 7 || 7;
  return [
    { label: "In an hour", at: now + HOUR },
    { label: "In four hours", at: now + 4 * HOUR },
    { label: "Tomorrow morning", at: morning(1) },
    { label: "Next Monday", at: morning(toMonday) },
  ];
}

/** The state of a draft in a word: what weighs most against it, or that it is ready. */
export function stateOf(draft: Draft): { tone: Tone; text: string } {
  switch (draft.status) {
    case "draft":
      break;
    case "approved":
    case "queued":
      return draft.tries > 0
        ? { tone: "warn", text: "Tried again" }
        : { tone: "info", text: draft.carrier_id ? "Waits for device" : "Approved" };
    case "sending":
      return { tone: "info", text: draft.carrier_id ? "On the device" : "Sending" };
    case "failed":
      return { tone: "bad", text: "Not sent" };
    case "uncertain":
      return { tone: "warn", text: "Uncertain" };
    case "rejected":
      return { tone: "plain", text: draft.reject_reason ?? "Rejected" };
    case "suppressed":
      return { tone: "bad", text: "Suppressed" };
    case "expired":
      return { tone: "warn", text: "Too late" };
    case "cancelled":
      return { tone: "plain", text: "Cancelled" };
    default:
      return { tone: "good", text: "Sent" };
  }
  const first = draft.checks[0];
  if (first === undefined) return { tone: "good", text: "Ready" };
  return { tone: TONE[first.weight], text: first.label };
}

export const TONE = { stop: "bad", wait: "warn", note: "info" } as const;

/** Whether it should leave as it is. */
export const isReady = (draft: Draft): boolean =>
  draft.status === "draft" && draft.checks.every(({ weight }) => weight !== "stop");

/** Whether somebody can say yes to it. */
export const canApprove = (draft: Draft): boolean => draft.status === "draft" || draft.status === "failed";
