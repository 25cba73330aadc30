import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { deadLettersQuery, jobsQuery } from "~/api/queries.ts";
import type { DeadLetter, Job } from "~/api/types/jobs.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { JobBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { count, plural, words } from "~/lib/format.ts";
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
  const act = useMutation({
    mutationFn: (what: "cancel" | "retry") => post(`/api/jobs/${job.id}/${what}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => toast(messageOf(error)),
  });
  const open = job.status === "queued" || job.status === "processing";
  return (
    <li className="job">
      <span className="strong">
        {job.import_id ? (
          <Link className="link" to={paths.import(job.import_id)}>
            {words(job.kind)}
          </Link>
        ) : (
          words(job.kind)
        )}
      </span>
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
          <Button small busy={act.isPending} onClick={() => act.mutate("cancel")}>
            Cancel
          </Button>
        ) : job.status === "dead" ? (
          <Button small icon="refresh" busy={act.isPending} onClick={() => act.mutate("retry")}>
            Try again
          </Button>
        ) : null}
      </span>
    </li>
  );
}

const SOURCE: Record<string, string> = {
  "twilio.message": "Incoming text",
  "twilio.status": "Receipt for a text",
  email: "Incoming mail",
};

function DeadLetters() {
  // A letter that is replayed comes back when it fails again, which nobody announces.
  const letters = useQuery({ ...deadLettersQuery, refetchInterval: 3000 });
  return (
    <Async of={letters}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title="No dead letters."
            text="What a provider told us and nothing could be made of would be kept here, ready to be handled again."
          />
        ) : (
          <>
            <p className="jobs-note small soft">
              What came in and could not be used. Nothing is lost: mend the cause, then handle it again.
            </p>
            <ul>
              {list.map((letter) => (
                <LetterLine key={letter.id} letter={letter} />
              ))}
            </ul>
          </>
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
      toast("It is handled again. If it fails again it comes back to this list.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <li className="letter">
      <span className="letter-text">
        <span className="strong">{SOURCE[letter.source] ?? words(letter.source)}</span>{" "}
        <span className="soft">{letter.error ?? "No reason was written down."}</span>
      </span>
      <span className="small muted letter-facts">
        tried {plural(letter.attempts, "time")}, <TimeAgo at={letter.received_at} />
      </span>
      <Button small icon="refresh" busy={replay.isPending} onClick={() => replay.mutate()}>
        Handle again
      </Button>
    </li>
  );
}
