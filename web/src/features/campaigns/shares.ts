import type { CampaignSender, SenderShare } from "~/api/types/campaigns.ts";

/** The share of one account among those on its channel, as people say it. */
export function percent(share: SenderShare, all: readonly SenderShare[]): string {
  const sum = all.reduce((total, other) => total + Math.max(1, other.weight), 0);
  return `${Math.round((100 * Math.max(1, share.weight)) / Math.max(1, sum))} %`;
}

/** What the server is told of the accounts that it told us. */
export const sharesOf = (senders: readonly CampaignSender[]): SenderShare[] =>
  senders.map(({ sender_id, weight }) => ({ sender_id, weight }));

/** A number of messages as it was typed: `null` where the field is empty, 0 (which is refused) where it is none. */
export function capOf(text: string): number | null {
  const value = text.trim().replaceAll(/[,\s]/g, "");
  return value === "" ? null : /^\d+$/.test(value) ? Number(value) : 0;
}
