import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { deadLettersQuery, jobsQuery } from "~/api/queries.ts";
import type { DeadLetter, Job } from "~/api/types.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { JobBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { count, words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import "./jobs.css";

export function JobsPage() {
  const [params] = useSearchParams();
  const dead = params.get("tab") === "dead";
  const letters = useQuery(deadLettersQuery);
  return (
    <Page
      title="Jobs"
      tabs={
        <nav className="tabs" aria-label="Jobs">
          <Link to={paths.jobs} aria-current={dead ? undefined : "page"}>
            Jobs
          </Link>
          <Link to={`${paths.jobs}?tab=dead`} aria-current={dead ? "page" : undefined}>
            Dead letters
            {letters.data && letters.data.length > 0 ? (
              <span className="muted">{count(letters.data.length)}</span>
            ) : null}
          </Link>
        </nav>
      }
      flush
    >
      {dead ? <DeadLetters /> : <Jobs />}
    </Page>
  );
}

function Jobs() {
  const jobs = useQuery(jobsQuery);
  return (
    <Async of={jobs}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title="No job has run yet."
            text="Imports and other long work appear here with their progress."
          />
        ) : (
          <ul>
            {list.map((job) => (
              <JobLine key={job.id} job={job} />
            ))}
          </ul>
        )
      }
    </Async>
  );
}

function JobLine({ job }: { job: Job }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => post(`/api/jobs/${job.id}/cancel`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => toast(messageOf(error)),
  });
  const open = job.status === "queued" || job.status === "processing";
  return (
    <li className="job">
      <span className="strong">{words(job.kind)}</span>
      <JobBadge status={job.status} />
      <span className="job-progress">
        {open ? (
          <Bar
            label={words(job.kind)}
            total={1}
            parts={[{ value: job.progress, fill: "accent", label: "done" }]}
          />
        ) : null}
        <span className="small soft clip">
          {job.error ??
            (job.done === null ? "" : `${count(job.done)}${job.total ? ` of ${count(job.total)}` : ""}`)}
        </span>
      </span>
      <span className="small muted">
        <TimeAgo at={job.created_at} />
      </span>
      <span className="job-action">
        {open ? (
          <Button small busy={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        ) : null}
      </span>
    </li>
  );
}

function DeadLetters() {
  const letters = useQuery(deadLettersQuery);
  return (
    <Async of={letters}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title="No dead letters."
            text="What a provider told us and nothing could use would be kept here, ready to be replayed."
          />
        ) : (
          <ul>
            {list.map((letter) => (
              <LetterLine key={letter.id} letter={letter} />
            ))}
          </ul>
        )
      }
    </Async>
  );
}

function LetterLine({ letter }: { letter: DeadLetter }) {
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => post(`/api/dead-letters/${letter.id}/replay`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["dead-letters"] });
      toast("Replayed.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  const at = letter.received_at ?? letter.created_at;
  return (
    <li className="job">
      <span className="strong">{words(letter.provider ?? letter.kind ?? "Inbound event")}</span>
      <span />
      <span className="small soft job-progress">{letter.error}</span>
      <span className="small muted">{at ? <TimeAgo at={at} /> : null}</span>
      <span className="job-action">
        <Button small icon="refresh" busy={replay.isPending} onClick={() => replay.mutate()}>
          Replay
        </Button>
      </span>
    </li>
  );
}
