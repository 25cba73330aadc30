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

/** A day with the messages that leave on it; several days in a row with few are one line. */
export type ForecastLine = { from: string; to: string; messages: number };

/** At most `most` lines: the first days one by one, the rest as one. */
export function forecastLines(
  days: readonly { day: string; messages: number }[],
  most = 7,
): readonly ForecastLine[] {
  const line = ({ day, messages }: { day: string; messages: number }) => ({ from: day, to: day, messages });
  if (days.length <= most) return days.map(line);
  const rest = days.slice(most - 1);
  const messages = rest.reduce((sum, day) => sum + day.messages, 0);
  const [first, last] = [rest[0]?.day ?? "", rest.at(-1)?.day ?? ""];
  return [...days.slice(0, most - 1).map(line), { from: first, to: last, messages }];
}
