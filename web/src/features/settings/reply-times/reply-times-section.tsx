import { useQuery } from "@tanstack/react-query";
import { repliesKeptQuery, replyTimesQuery } from "~/api/reply-queries.ts";
import type { RepliesKept, ReplyTimes } from "~/api/types/reply-times.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { count, percent } from "~/lib/format.ts";
import { Tile } from "~/ui/tile.tsx";
import { ReplyTimesForm } from "./reply-times-form.tsx";
import { timesText, waitedText } from "./reply-words.ts";
import "./reply-times.css";

/** Within how much business time people hear from us, and how well that is kept. */
export function ReplyTimesSection() {
  const admin = useMe().member.role === "admin";
  const times = useQuery(replyTimesQuery);
  const kept = useQuery(repliesKeptQuery);
  return (
    <>
      <p className="soft">
        Say how long people may wait for an answer. The inbox shows what is due soon and what is late, and
        whoever is to answer is told. Only your business hours count.
      </p>
      <Async of={times}>
        {(data) => (admin ? <ReplyTimesForm key={JSON.stringify(data)} now={data} /> : <Facts now={data} />)}
      </Async>
      {kept.data && (times.data?.is_on || kept.data.answered > 0) ? <Kept of={kept.data} /> : null}
    </>
  );
}

function Facts({ now }: { now: ReplyTimes }) {
  return (
    <section className="panel" aria-labelledby="reply-times">
      <div className="panel-head">
        <h3 id="reply-times">Reply times</h3>
      </div>
      <div className="panel-body stack-2">
        {timesText(now).map((text) => (
          <p key={text}>{text}</p>
        ))}
        <p className="small soft">Admins change it.</p>
      </div>
    </section>
  );
}

function Kept({ of }: { of: RepliesKept }) {
  const median = of.median_first_ms;
  return (
    <section className="stack-2" aria-labelledby="reply-times-kept">
      <h3 id="reply-times-kept">The last 30 days</h3>
      <div className="tiles">
        <div className="tile">
          <Tile
            label="In time"
            value={of.answered === 0 ? "–" : percent(of.in_time, of.answered)}
            note={of.answered === 0 ? "Nothing was answered yet" : `of ${count(of.answered)} answers`}
          />
        </div>
        <div className="tile">
          <Tile
            label="Median first answer"
            value={median === null ? "–" : waitedText(median)}
            note={median === null ? "Nobody new was answered yet" : "of business hours"}
          />
        </div>
      </div>
    </section>
  );
}
