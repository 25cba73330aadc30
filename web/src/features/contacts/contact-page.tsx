import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { del } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { contactQuery, timelineQuery } from "~/api/queries.ts";
import type { Contact, TimelineEntry } from "~/api/types/contacts.ts";
import { FactIcon } from "~/components/activity.tsx";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { scoreSentence } from "~/components/score.ts";
import { Score } from "~/components/score-strip.tsx";
import { ContactBadge } from "~/components/state-badge.tsx";
import { When } from "~/components/time-ago.tsx";
import { touchesOf } from "~/components/timeline-score.ts";
import { channelPhrase } from "~/lib/channel.ts";
import { personName, words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { isReachable } from "./addresses.ts";
import { AddressesBlock } from "./addresses-block.tsx";
import { ConsentBlock } from "./consent-block.tsx";
import { ContactFields } from "./contact-fields.tsx";
import { FitBlock } from "./fit-block.tsx";
import { MergeDialog } from "./merge-dialog.tsx";
import { PrivacyBlock } from "./privacy-block.tsx";
import { SuppressionBlock } from "./suppression-block.tsx";
import { TagsBlock } from "./tags-block.tsx";
import { WriteDialog } from "./write-dialog.tsx";
import "~/components/detail-layout.css";
import "./contacts.css";

export function ContactPage() {
  const { id = "" } = useParams();
  const contact = useQuery(contactQuery(id));
  const timeline = useQuery(timelineQuery(id));
  const [dialog, setDialog] = useState<"write" | "merge" | "delete" | null>(null);
  const name = contact.data ? personName(contact.data) : "Contact";
  const navigate = useNavigate();
  const found = contact.data?.id ?? id;
  // The id of somebody who was folded into another leads to that one.
  useEffect(() => {
    if (found !== id) void navigate(paths.contact(found), { replace: true });
  }, [found, id, navigate]);
  return (
    <Page
      title={name}
      back={{ to: paths.contacts, label: "Back to the contacts" }}
      badges={
        contact.data ? (
          <span className="hide-phone">
            <ContactBadge status={contact.data.status} />
          </span>
        ) : null
      }
      actions={
        contact.data ? (
          <>
            <Button aria-label="Merge" icon="merge" look="quiet" onClick={() => setDialog("merge")}>
              <span className="hide-phone">Merge</span>
            </Button>
            <Button aria-label="Delete" icon="trash" look="quiet" onClick={() => setDialog("delete")}>
              <span className="hide-phone">Delete</span>
            </Button>
            <Button
              icon="send"
              look="primary"
              disabled={!isReachable(contact.data)}
              title={isReachable(contact.data) ? undefined : "There is no address to write to"}
              onClick={() => setDialog("write")}
            >
              Write
            </Button>
          </>
        ) : null
      }
      flush
    >
      <Async of={contact}>
        {(data) => (
          <div className="detail-layout">
            <section className="detail-main" aria-label="Timeline">
              <Async of={timeline}>{(entries) => <Timeline entries={entries} name={name} />}</Async>
            </section>
            <aside className="detail-side" aria-label="About this contact">
              <section className="side-block">
                <h2>Score</h2>
                <Score events={touchesOf(timeline.data ?? [])} />
                <p className="small soft">{scoreSentence(touchesOf(timeline.data ?? []))}</p>
              </section>
              <FitBlock contact={data} />
              <TagsBlock contact={data} />
              <section className="side-block">
                <h2>Contact</h2>
                <ContactFields contact={data} />
              </section>
              <AddressesBlock contact={data} />
              <ConsentBlock contact={data} />
              <SuppressionBlock contact={data} />
              <PrivacyBlock contact={data} />
            </aside>
            {dialog === "write" ? <WriteDialog contact={data} onClose={() => setDialog(null)} /> : null}
            {dialog === "merge" ? <MergeDialog contact={data} onClose={() => setDialog(null)} /> : null}
            {dialog === "delete" ? <DeleteDialog contact={data} onClose={() => setDialog(null)} /> : null}
          </div>
        )}
      </Async>
    </Page>
  );
}

function Timeline({ entries, name }: { entries: readonly TimelineEntry[]; name: string }) {
  if (entries.length === 0) {
    return (
      <Empty
        title="Nothing has happened yet."
        text={`Messages to and from ${name} will stand here in order.`}
      />
    );
  }
  return (
    <ol className="timeline">
      {entries.map((entry) => (
        <li className="timeline-item" key={entry.id}>
          <FactIcon kind={entry.kind} channel={entry.channel} />
          <span className="strong small">{titleOf(entry, name)}</span>
          <span className="tiny muted row">
            {entry.conversation_id ? (
              <Link className="link" to={paths.inbox("open", entry.conversation_id)}>
                Open
              </Link>
            ) : null}
            <When at={entry.at} />
          </span>
          <span className="timeline-text">{entry.text}</span>
        </li>
      ))}
    </ol>
  );
}

function titleOf(entry: TimelineEntry, name: string): string {
  const by = entry.channel ? ` ${channelPhrase(entry.channel)}` : "";
  switch (entry.kind) {
    case "sent":
      return `To ${name}${by}`;
    case "replied":
      return `${name} answered${by}`;
    case "received":
      return `${name} wrote${by}`;
    case "opted_out":
      return `${name} opted out${by}`;
    case "complained":
      return `${name} marked it as spam`;
    case "opened":
      return "Opened it";
    case "clicked":
      return "Clicked a link in it";
    case "contact_changed":
      return "A campaign changed it";
    case "task_done":
      return "A task was done";
    case "task_skipped":
      return "A task was skipped";
    case "task_reopened":
      return "A task was opened again";
    case "merged":
      return "Another contact was folded in";
    case "unmerged":
      return "A merge was taken back";
    case "number_changed":
      return "Has another number";
    case "consent_given":
      return "Consent was written down";
    case "consent_withdrawn":
      return "Consent was taken back";
    case "segment_entered":
      return "Entered a segment";
    case "segment_left":
      return "Left a segment";
    default:
      return `${words(entry.kind)}${entry.direction ? by : ""}`;
  }
}

function DeleteDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => del(`/api/contacts/${contact.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["contacts"] });
      toast(`${personName(contact)} was deleted.`);
      void navigate(paths.contacts);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <Dialog
      title={`Delete ${personName(contact)}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            Delete the contact
          </Button>
        </>
      }
    >
      <p>They leave every campaign. An opt-out of theirs stays in force.</p>
    </Dialog>
  );
}
