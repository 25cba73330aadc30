import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { liveFunnelQuery, peopleQuery } from "~/api/queries.ts";
import type { Campaign, EnrollmentStatus, Person } from "~/api/types/campaigns.ts";
import type { Channel } from "~/api/types/channel.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { whyOf } from "~/components/enrollment-words.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { EnrollmentBadge } from "~/components/state-badge.tsx";
import { When } from "~/components/time-ago.tsx";
import { CHANNELS } from "~/lib/channel.ts";
import { words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { AddPeopleDialog } from "./add-people-dialog.tsx";
import { OVERLAYS, overlayOf } from "./overlays.ts";
import { SendStepDialog } from "./send-step-dialog.tsx";

const STATES: { value: EnrollmentStatus | ""; label: string }[] = [
  { value: "", label: "Any state" },
  { value: "active", label: "Active" },
  { value: "waiting", label: "Queued" },
  { value: "paused", label: "Held" },
  { value: "completed", label: "Finished" },
  { value: "exited", label: "Left" },
  { value: "failed", label: "Failed" },
];

/** The kinds of step that send, and on what. */
const CHANNEL_OF: Record<string, Channel> = {
  email_send: "email",
  sms_send: "sms",
  voicemail_drop: "voicemail",
  whatsapp_send: "whatsapp",
  messenger_send: "messenger",
  tiktok_send: "tiktok",
  telegram_send: "telegram",
};

/** Everybody in the campaign: where they stand, what comes next, and why a message has not left. */
export function CampaignPeople({ campaign }: { campaign: Campaign }) {
  const { id } = campaign;
  const [adding, setAdding] = useState(false);
  const [sending, setSending] = useState(false);
  const [returning, setReturning] = useState<Person | null>(null);
  const [leaving, setLeaving] = useState<Person | null>(null);
  const [params, setParams] = useSearchParams();
  const status = params.get("status") ?? "";
  const node = params.get("node") ?? "";
  const overlay = overlayOf(params.get("overlay")) ?? "";
  const list = useInfiniteQuery(peopleQuery(id, { status, node, overlay }));
  const funnel = useQuery(liveFunnelQuery(id));
  const isOpen = campaign.status === "active" || campaign.status === "paused";
  const used = new Set(funnel.data?.nodes.map((item) => CHANNEL_OF[item.type]));
  const channels = CHANNELS.filter((channel) => used.has(channel));
  const change = (key: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete(key);
    else next.set(key, value);
    setParams(next, { replace: true });
  };
  const people = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <div className="filters">
        <select
          className="input"
          aria-label="State"
          value={status}
          onChange={(event) => change("status", event.target.value)}
        >
          {STATES.map((item) => (
            <option key={item.value} value={item.value}>
              {item.label}
            </option>
          ))}
        </select>
        <select
          className="input"
          aria-label="Step"
          value={node}
          onChange={(event) => change("node", event.target.value)}
        >
          <option value="">Any step</option>
          {(funnel.data?.nodes ?? []).map((item) => (
            <option key={item.key} value={item.key}>
              {item.name}
            </option>
          ))}
        </select>
        <select
          className="input"
          aria-label="What happened"
          title={OVERLAYS.find((one) => one.value === overlay)?.about}
          value={overlay}
          onChange={(event) => change("overlay", event.target.value)}
        >
          <option value="">Whatever happened</option>
          {OVERLAYS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
        {isOpen ? (
          <span className="push row">
            {campaign.status === "active" && channels.length > 0 ? (
              <Button icon="send" onClick={() => setSending(true)}>
                Send what is due
              </Button>
            ) : null}
            <Button icon="plus" onClick={() => setAdding(true)}>
              Add people
            </Button>
          </span>
        ) : null}
      </div>
      {adding ? <AddPeopleDialog id={id} onClose={() => setAdding(false)} /> : null}
      {sending ? <SendStepDialog id={id} channels={channels} onClose={() => setSending(false)} /> : null}
      {returning ? <ReturnDialog id={id} person={returning} onClose={() => setReturning(null)} /> : null}
      {leaving ? <RemoveDialog id={id} person={leaving} onClose={() => setLeaving(null)} /> : null}
      {list.error ? (
        <div className="page-body">
          <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : null}
      {list.isPending ? <Skeleton lines={10} height={20} gap={20} /> : null}
      {list.data && people.length === 0 ? (
        status !== "" || node !== "" || overlay !== "" ? (
          <Empty title="Nobody is there right now." text="People move on as the campaign runs.">
            <Button onClick={() => setParams({}, { replace: true })}>Show everybody</Button>
          </Empty>
        ) : (
          <Empty title="Nobody is in this campaign yet." text="People join when it starts." />
        )
      ) : null}
      {people.length > 0 ? (
        <ul className="people">
          {people.map((person) => (
            <PersonLine
              key={person.enrollment_id}
              person={person}
              onRemove={RUNNING.has(person.status) ? () => setLeaving(person) : undefined}
              onReturn={
                isOpen && person.status === "exited" && person.reason === "removed"
                  ? () => setReturning(person)
                  : undefined
              }
            />
          ))}
        </ul>
      ) : null}
      {list.hasNextPage ? (
        <div className="more-row">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

const RUNNING: ReadonlySet<EnrollmentStatus> = new Set(["active", "waiting", "paused"]);
const nameOf = (person: Person): string => person.contact_name || person.email || "No name";

function RemoveDialog({ id, person, onClose }: { id: string; person: Person; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () =>
      post<{ removed: number }>(`/api/campaigns/${id}/people/remove`, { contact_ids: [person.contact_id] }),
    onSuccess: ({ removed }) => {
      for (const key of ["campaign", "campaigns", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(
        removed === 0 ? "They had left already." : `${nameOf(person)} gets nothing more of this campaign.`,
      );
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Take ${nameOf(person)} out?`}
      verb="Take out"
      request={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        What waits for them is withdrawn, and they do not come in again unless you put them back. What has
        left has left.
      </p>
    </ConfirmDialog>
  );
}

function ReturnDialog({ id, person, onClose }: { id: string; person: Person; onClose: () => void }) {
  const client = useQueryClient();
  const back = useMutation({
    mutationFn: () =>
      post<{ enrolled: number }>(`/api/campaigns/${id}/people`, {
        audience: { contact_ids: [person.contact_id] },
        again: true,
      }),
    onSuccess: ({ enrolled }) => {
      for (const key of ["campaign", "campaigns", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(
        enrolled === 0 ? "They are in the campaign already." : `${nameOf(person)} begins at the first step.`,
      );
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Put ${nameOf(person)} back?`}
      verb="Put back"
      look="primary"
      request={back}
      onConfirm={() => back.mutate()}
      onClose={onClose}
    >
      <p>They begin at the first step, and may get once more what they had before they were taken out.</p>
    </ConfirmDialog>
  );
}

function PersonLine({
  person,
  onRemove,
  onReturn,
}: {
  person: Person;
  onRemove?: (() => void) | undefined;
  onReturn?: (() => void) | undefined;
}) {
  const ended = person.status === "completed" || person.status === "exited";
  return (
    <li className="person">
      <span className="person-name">
        <Link className="strong clip" to={paths.contact(person.contact_id)}>
          {nameOf(person)}
        </Link>
        <span className="small muted clip">{person.contact_name ? person.email : null}</span>
      </span>
      <span className="row">
        <EnrollmentBadge status={person.status} />
        {ended && person.why ? (
          <span className="small soft">{person.why.text}</span>
        ) : person.reason && person.reason !== "finished" ? (
          <span className="small soft">{whyOf(person.reason) ?? words(person.reason)}</span>
        ) : null}
      </span>
      <span className="small soft clip person-node">{person.node_name}</span>
      <span className="small soft person-due">
        {person.due_at && (person.status === "active" || person.status === "paused") ? (
          <When at={person.due_at} />
        ) : null}
        {onReturn ? (
          <Button small onClick={onReturn}>
            Put back
          </Button>
        ) : null}
        {onRemove ? (
          <IconButton icon="cross" label={`Take ${nameOf(person)} out`} onClick={onRemove} />
        ) : null}
      </span>
      {person.why && !ended ? (
        <span className="person-why">
          <Icon name="question" />
          <span>
            <span className="strong">Why not sent?</span> {person.why.text}
          </span>
        </span>
      ) : null}
    </li>
  );
}
