import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dueThenQuery } from "~/api/reply-queries.ts";
import type { DueThen, ReplyTimes } from "~/api/types/reply-times.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { now } from "~/lib/clock.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { dayAndTime, exampleMoments } from "./reply-words.ts";

/** When answers would be due, for a few moments of the coming week, while the times are still being chosen. */
export function DuePreview({ times }: { times: ReplyTimes }) {
  const [moments] = useState(() => exampleMoments(now()));
  const settled = useDebounced(JSON.stringify(times), 250);
  const due = useQuery(dueThenQuery(JSON.parse(settled) as ReplyTimes, moments));
  return (
    <section className="due-preview" aria-label="Examples" aria-live="polite">
      <p className="label">What that means</p>
      {due.error ? <ErrorBlock error={due.error} /> : null}
      {due.data && !due.error ? (
        <ul className="stack-2">
          {due.data.data.map((one) => (
            <li key={one.came_at}>
              <Example one={one} zone={due.data.time_zone} />
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

function Example({ one, zone }: { one: DueThen; zone: string }) {
  const at = (instant: string | null) =>
    instant === null ? "never: these hours do not open" : dayAndTime(instant, zone, one.came_at);
  return (
    <>
      A message that comes <span className="strong">{at(one.came_at)}</span> is due{" "}
      <span className="strong">{at(one.first_due_at)}</span>
      <span className="soft">
        , or {at(one.later_due_at)} if you have answered them before
        {one.hot_due_at === null ? "" : `, or ${at(one.hot_due_at)} if they are interested`}.
      </span>
    </>
  );
}
