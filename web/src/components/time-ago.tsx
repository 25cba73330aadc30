import { useNow } from "~/lib/clock.ts";
import { age, exactly, when } from "~/lib/format.ts";

/** How long ago, with the exact time on hover. */
export function TimeAgo({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at)}>
      {age(at, now)}
    </time>
  );
}

export function When({ at, zone }: { at: string; zone?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactly(at, zone)}>
      {when(at, now, zone)}
    </time>
  );
}
