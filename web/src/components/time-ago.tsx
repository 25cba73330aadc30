import type { ReactNode } from "react";
import { useNow } from "~/lib/clock.ts";
import { age, exactly, when } from "~/lib/format.ts";
import { seenWords } from "~/lib/seen.ts";

/** How long ago, with the exact time on hover. */
export function TimeAgo({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at)}>
      {age(at, now)}
    </time>
  );
}

/** Day and time, and with `ago` how long that is gone. */
export function When({ at, zone, ago }: { at: string; zone?: string; ago?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at, zone)}>
      {when(at, now, zone)}
      {ago ? `, ${seenWords(at, now)}` : ""}
    </time>
  );
}

/** A moment in words of its own, with the exact time on hover. */
export function Moment({ at, children }: { at: string; children: ReactNode }) {
  return (
    <time dateTime={at} title={exactly(at)}>
      {children}
    </time>
  );
}
