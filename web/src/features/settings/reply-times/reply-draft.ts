import type { ChannelTimes, ReplyTimes } from "~/api/types/reply-times.ts";

/** The times of a channel while they are typed. */
export type ChannelDraft = Omit<ChannelTimes, "first_minutes" | "later_minutes"> & {
  first_minutes: number | null;
  later_minutes: number | null;
};

/** Reply times while they are typed: a span is null while it is no number. */
export type ReplyDraft = Omit<ReplyTimes, "first_minutes" | "later_minutes" | "channels"> & {
  first_minutes: number | null;
  later_minutes: number | null;
  /** Whether those who are interested wait less. */
  is_hot: boolean;
  channels: ChannelDraft[];
};

export function draftOf(times: ReplyTimes): ReplyDraft {
  return { ...times, is_hot: times.hot_minutes !== null, hot_minutes: times.hot_minutes ?? 60 };
}

/** What can be sent; null while a span is missing or a window has no day. */
export function timesOf(draft: ReplyDraft): ReplyTimes | null {
  const { is_hot, hot_minutes, first_minutes, later_minutes, channels, ...rest } = draft;
  if (first_minutes === null || later_minutes === null || (is_hot && hot_minutes === null)) return null;
  if (rest.windows.some(({ days }) => days.length === 0)) return null;
  const whole = channels.flatMap(({ channel, first_minutes: first, later_minutes: later }) =>
    first === null || later === null ? [] : [{ channel, first_minutes: first, later_minutes: later }],
  );
  if (whole.length < channels.length) return null;
  return {
    ...rest,
    first_minutes,
    later_minutes,
    hot_minutes: is_hot ? hot_minutes : null,
    channels: whole,
  };
}
