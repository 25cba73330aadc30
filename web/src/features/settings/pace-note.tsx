import type { Sender } from "~/api/types/senders.ts";
import { count } from "~/lib/format.ts";

type Pace = NonNullable<Sender["pace"]>;

/** From so many milliseconds on a wait is worth a word. */
const WORTH_SAYING = 1_000;

/** How fast a provider lets an account be called, and for how long it wants nothing more just now. */
export function paceText(pace: Pace): string {
  const often =
    pace.per_second < 10
      ? `${count(Math.round(pace.per_second * 60))} calls a minute`
      : `${count(pace.per_second)} calls a second`;
  return `${often} for ${pace.shared_by}`;
}

/** For how long nothing is called; nothing where the next call can be made at once. */
export function waitText(pace: Pace): string | null {
  if (pace.wait_ms < WORTH_SAYING) return null;
  const seconds = Math.ceil(pace.wait_ms / 1_000);
  const long = seconds < 120 ? `${count(seconds)} seconds` : `${count(Math.ceil(seconds / 60))} minutes`;
  return `At its provider's limit: the next call in ${long}. What waits keeps its place.`;
}

/** One line of a sender: the limit, with where it is from. */
export function PaceNote({ pace }: { pace: Pace }) {
  const wait = waitText(pace);
  return (
    <>
      <span title={pace.source}>Live at most {paceText(pace)}</span>
      {wait ? <span className="strong">{wait}</span> : null}
    </>
  );
}
