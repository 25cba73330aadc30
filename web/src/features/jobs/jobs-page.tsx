import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { bulkListQuery } from "~/api/bulk-queries.ts";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { deadLettersQuery, jobsQuery } from "~/api/queries.ts";
import type { BulkAction } from "~/api/types/bulk.ts";
import type { DeadLetter, Job } from "~/api/types/jobs.ts";
import { Async } from "~/components/async.tsx";
import { useBulkUndo } from "~/components/bulk-toast.tsx";
import { standing, undone } from "~/components/bulk-words.ts";
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
  const bulks = new Map(useQuery(bulkListQuery).data?.map((bulk) => [bulk.id, bulk]));
  return (
    <Async of={jobs}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title="No job has run yet."
            text="Imports, what is done to many contacts at once and other long work appear here with their progress."
          />
        ) : (
          <ul>
            {list.map((job) => (
              <JobLine key={job.id} job={job} bulk={bulks.get(job.bulk_action_id ?? "") ?? null} />
            ))}
          </ul>
        )
      }
    </Async>
  );
}

const KIND: Record<string, string> = {
  bulk: "Bulk action",
  bulk_undo: "Undo of a bulk action",
  campaign_execute: "Sending what is due",
  message_decide_many: "Decision about uncertain messages",
};

/** What a job on many contacts is about; its numbers alone say little. */
function said(job: Job, bulk: BulkAction): string {
  if (job.kind === "bulk_undo") return bulk.undo?.job_id === job.id ? standing(bulk) : "";
  // What became of its undo follows.
  return standing({ ...bulk, undo: null });
}

function JobLine({ job, bulk }: { job: Job; bulk: BulkAction | null }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (what: "cancel" | "retry") => post(`/api/jobs/${job.id}/${what}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => toast(messageOf(error)),
  });
  const undo = useBulkUndo();
  const open = job.status === "queued" || job.status === "processing";
  const kind = KIND[job.kind] ?? words(job.kind);
  const back = job.kind === "bulk" ? bulk?.undo : null;
  return (
    <li className="job">
      <span className="strong">
        {job.import_id ? (
          <Link className="link" to={paths.import(job.import_id)}>
            {kind}
          </Link>
        ) : job.campaign_id ? (
          <Link className="link" to={paths.campaign(job.campaign_id, "people")}>
            {kind}
          </Link>
        ) : (
          kind
        )}
      </span>
      <JobBadge status={job.status} />
      <span className="job-progress">
        {open ? (
          <Bar label={kind} total={1} parts={[{ value: job.progress, fill: "accent", label: "done" }]} />
        ) : null}
        <span className={bulk ? "small soft" : "small soft clip"}>
          {(bulk && said(job, bulk)) ||
            (job.error ??
              (job.done === null ? "" : `${count(job.done)}${job.total ? ` of ${count(job.total)}` : ""}`))}
          {back?.status === "done" && bulk ? <span className="muted"> {undone(bulk)}</span> : null}
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
        ) : back?.status === "possible" && bulk ? (
          <Button small icon="reply" busy={undo.isPending} onClick={() => undo.mutate(bulk.id)}>
            Undo
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
