import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { jobQuery } from "~/api/queries.ts";
import type { ExecuteResult, Told } from "~/api/types/campaigns.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Job } from "~/api/types/jobs.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { count, plural } from "~/lib/format.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { SelectField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";

/** Sends the next step on a channel to those who are due, and shows what became of everybody. */
export function SendStepDialog({
  id,
  channels,
  onClose,
}: {
  id: string;
  channels: readonly Channel[];
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [channel, setChannel] = useState<Channel>(channels[0] ?? "email");
  const [jobId, setJobId] = useState<string | null>(null);
  const job = useQuery({ ...jobQuery(jobId ?? ""), enabled: jobId !== null });
  const begin = useMutation({
    mutationFn: () => post<Job>(`/api/campaigns/${id}/execute-${channel}`),
    onSuccess: (made) => {
      client.setQueryData(jobQuery(made.id).queryKey, made);
      setJobId(made.id);
    },
  });
  const cancel = useMutation({
    mutationFn: () => post<Job>(`/api/jobs/${jobId}/cancel`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
    onError: (error) => toast(messageOf(error)),
  });
  const isOpen = job.data?.status === "queued" || job.data?.status === "processing";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate();
  };
  return (
    <Dialog
      title="Send what is due"
      onClose={onClose}
      footer={
        jobId === null ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button look="primary" icon="send" type="submit" form="send-step" busy={begin.isPending}>
              Send what is due
            </Button>
          </>
        ) : (
          <>
            {isOpen ? (
              <Button icon="stop" busy={cancel.isPending} onClick={() => cancel.mutate()}>
                Stop
              </Button>
            ) : null}
            <Button look="primary" onClick={onClose}>
              {isOpen ? "Leave it running" : "Done"}
            </Button>
          </>
        )
      }
    >
      {jobId === null ? (
        <form id="send-step" className="stack" onSubmit={submit}>
          {begin.error ? <ErrorBlock error={begin.error} /> : null}
          <SelectField
            label="Channel"
            value={channel}
            onChange={(event) => setChannel(event.target.value as Channel)}
          >
            {channels.map((item) => (
              <option key={item} value={item}>
                {channelLabel(item)}
              </option>
            ))}
          </SelectField>
          <p className="soft">
            Whoever is due for a step on this channel gets it now, and whoever was held for want of a value,
            an address or consent is tried again. Sending hours, limits, consent and approval count as always:
            nobody is hurried past them, and nobody gets a step twice.
          </p>
        </form>
      ) : job.data ? (
        <Outcome job={job.data} channel={channel} />
      ) : job.error ? (
        <ErrorBlock error={job.error} onRetry={() => void job.refetch()} />
      ) : null}
    </Dialog>
  );
}

function Outcome({ job, channel }: { job: Job; channel: Channel }) {
  const result = job.result as ExecuteResult | null;
  const isOpen = job.status === "queued" || job.status === "processing";
  return (
    <div className="stack" aria-live="polite">
      {isOpen ? (
        <>
          <Bar
            tall
            label={`${channelLabel(channel)}: progress`}
            total={1}
            parts={[{ value: job.progress, fill: "accent", label: "done" }]}
          />
          <p className="soft">
            {count(job.done ?? 0)} of {plural(job.total ?? 0, "person", "people")} looked at.
          </p>
        </>
      ) : null}
      {job.status === "cancelled" ? (
        <Callout tone="info">Stopped. What was written before stays.</Callout>
      ) : null}
      {job.error ? <Callout tone="warn">{job.error}</Callout> : null}
      {result ? (
        <>
          <dl className="step-counts">
            <Count label="Written now" value={result.queued} />
            {result.to_review > 0 ? <Count label="To look over first" value={result.to_review} /> : null}
            {result.already > 0 ? <Count label="Under way before" value={result.already} /> : null}
          </dl>
          <Reasons title="Written, and waiting for their time" all={result.waiting} />
          <Reasons title="Held" all={result.held} />
          <Reasons title="Passed over" all={result.skipped} />
          {!isOpen && nothing(result) ? <p className="soft">Nobody was due.</p> : null}
        </>
      ) : null}
    </div>
  );
}

const nothing = (result: ExecuteResult): boolean =>
  result.queued + result.to_review + result.already + result.held.length + result.skipped.length === 0;

function Count({ label, value }: { label: string; value: number }) {
  return (
    <div>
      <dt className="small soft">{label}</dt>
      <dd className="num strong">{count(value)}</dd>
    </div>
  );
}

function Reasons({ title, all }: { title: string; all: Told[] }) {
  if (all.length === 0) return null;
  return (
    <section>
      <h3 className="small strong">{title}</h3>
      <ul className="step-reasons">
        {all.map((told) => (
          <li key={`${told.code} ${told.text}`}>
            <span className="num strong">{count(told.people)}</span>
            <span>{told.text}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
