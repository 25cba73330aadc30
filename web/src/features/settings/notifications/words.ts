import type { NotificationChoices, NotificationKind } from "~/api/types/notifications.ts";

/** What somebody can hear of, in the order of the table. */
export const KIND_WORDS: Record<NotificationKind, string> = {
  reply: "One of my people writes",
  mention: "A colleague mentions me in a note",
  assigned: "A colleague asks me to answer",
  approval: "Messages wait for my yes",
  late: "An answer of mine is late",
};
export const KINDS = Object.keys(KIND_WORDS) as NotificationKind[];
export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** `07:30` for minute 450. */
export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** Minute 450 for `07:30`. */
export function minute(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

/** A choice as it is edited. */
export type Draft = {
  inApp: readonly NotificationKind[];
  push: readonly NotificationKind[];
  mail: readonly NotificationKind[];
  isQuiet: boolean;
  from: string;
  until: string;
  days: readonly number[];
  zone: string;
};
export type Way = "inApp" | "push" | "mail";

export function draftOf(now: NotificationChoices): Draft {
  return {
    inApp: KINDS.filter((kind) => !now.muted.includes(kind)),
    push: now.push,
    mail: now.mail,
    isQuiet: now.quiet_from !== null,
    from: clock(now.quiet_from ?? 18 * 60),
    until: clock(now.quiet_until ?? 8 * 60),
    days: now.quiet_days,
    zone: now.time_zone ?? "",
  };
}

/** What the server is asked to keep. */
export function bodyOf(draft: Draft) {
  return {
    muted: KINDS.filter((kind) => !draft.inApp.includes(kind)),
    push: draft.push,
    mail: draft.mail,
    quiet_days: draft.days,
    time_zone: draft.zone,
    ...(draft.isQuiet ? { quiet_from: minute(draft.from), quiet_until: minute(draft.until) } : {}),
  };
}

/** With a kind by a way, or without it. */
export function turned(draft: Draft, way: Way, kind: NotificationKind, on: boolean): Draft {
  const others = draft[way].filter((one) => one !== kind);
  return { ...draft, [way]: on ? [...others, kind] : others };
}
