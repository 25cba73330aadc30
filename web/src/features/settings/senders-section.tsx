import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { patch, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { sendersQuery } from "~/api/queries.ts";
import type { Sender } from "~/api/types.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { count, words } from "~/lib/format.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";

const TONE: Record<string, Tone> = {
  ready: "good",
  active: "good",
  ok: "good",
  paused: "warn",
  failing: "bad",
  reauth: "bad",
  error: "bad",
};

export function SendersSection() {
  const senders = useQuery(sendersQuery);
  const [editing, setEditing] = useState<Sender | null>(null);
  return (
    <>
      <p className="soft">The accounts that messages leave from, each with its limits.</p>
      <Async of={senders}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title="No sender yet."
              text="In sandbox mode a mailbox and a number are made by themselves."
            />
          ) : (
            <ul className="panel">
              {list.map((sender) => (
                <SenderLine key={sender.id} sender={sender} onEdit={() => setEditing(sender)} />
              ))}
            </ul>
          )
        }
      </Async>
      {editing ? <LimitsDialog sender={editing} onClose={() => setEditing(null)} /> : null}
    </>
  );
}

function SenderLine({ sender, onEdit }: { sender: Sender; onEdit: () => void }) {
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: () => post(`/api/senders/${sender.id}/check`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["senders"] });
      toast(`${sender.name} answered.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  const cap = sender.daily_cap ?? 0;
  return (
    <li className="sender">
      <div className="row row-wrap">
        <ChannelMark channel={sender.channel} label />
        <span className="strong">{sender.name}</span>
        <span className="soft clip">{sender.address}</span>
        <Badge tone={TONE[sender.status] ?? "plain"}>{words(sender.status)}</Badge>
        <span className="push row">
          <Button small look="quiet" onClick={onEdit}>
            Limits
          </Button>
          <Button small busy={check.isPending} onClick={() => check.mutate()}>
            Check
          </Button>
        </span>
      </div>
      {sender.problem ? <Callout tone="warn">{sender.problem}</Callout> : null}
      {cap > 0 ? (
        <Bar
          label={`${sender.name} today`}
          total={cap}
          parts={[
            {
              value: Math.min(cap, sender.sent_today),
              fill: sender.sent_today >= cap ? "warn" : "info",
              label: `of ${cap} sent today`,
            },
          ]}
        />
      ) : null}
      <div className="limits">
        <span>{words(sender.provider)}</span>
        <span>
          {count(sender.sent_today)} sent today{cap > 0 ? ` of ${count(cap)}` : ""}
        </span>
        <span>{count(sender.queued)} queued</span>
        <span>{sender.rate_per_minute ? `${count(sender.rate_per_minute)} a minute` : "No rate limit"}</span>
      </div>
    </li>
  );
}

function LimitsDialog({ sender, onClose }: { sender: Sender; onClose: () => void }) {
  const [rate, setRate] = useState(String(sender.rate_per_minute ?? ""));
  const [cap, setCap] = useState(String(sender.daily_cap ?? ""));
  const client = useQueryClient();
  const number = (text: string) => (text.trim() === "" ? null : Number(text));
  const save = useMutation({
    mutationFn: () =>
      patch(`/api/senders/${sender.id}`, { rate_per_minute: number(rate), daily_cap: number(cap) }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["senders"] });
      toast("Saved.");
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog
      title={`Limits of ${sender.name}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="limits" busy={save.isPending}>
            Save
          </Button>
        </>
      }
    >
      <form id="limits" className="stack" onSubmit={submit}>
        {save.error ? <ErrorBlock error={save.error} /> : null}
        <TextField
          label="Messages a minute"
          type="number"
          min={1}
          hint="Empty means as fast as the provider takes them."
          value={rate}
          onChange={(event) => setRate(event.target.value)}
        />
        <TextField
          label="Messages a day"
          type="number"
          min={1}
          hint="Counted on the sender's day; empty means no cap."
          value={cap}
          onChange={(event) => setCap(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
