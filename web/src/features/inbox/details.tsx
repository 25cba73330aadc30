import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { timelineQuery } from "~/api/queries.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { ConversationDetail, Message } from "~/api/types/inbox.ts";
import { ContactPicker } from "~/components/contact-picker.tsx";
import { whyOf } from "~/components/enrollment-words.ts";
import { OwnerField, useOwnersShown } from "~/components/owner.tsx";
import { scoreSentence } from "~/components/score.ts";
import { Score } from "~/components/score-strip.tsx";
import { CampaignBadge, ContactBadge, EnrollmentBadge } from "~/components/state-badge.tsx";
import { touchesOf, touchesOfMessages } from "~/components/timeline-score.ts";
import { useNow } from "~/lib/clock.ts";
import { clockTime, personName, words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** Who this is, on the right of the thread. */
export function Details({
  conversation,
  messages,
}: {
  conversation: ConversationDetail;
  messages: readonly Message[];
}) {
  const { contact, campaign, sender } = conversation;
  const timeline = useQuery({ ...timelineQuery(contact?.id ?? ""), enabled: contact !== null });
  const touches =
    timeline.data && timeline.data.length > 0 ? touchesOf(timeline.data) : touchesOfMessages(messages);
  return (
    <aside className="details" aria-label="Details">
      <section className="side-block">
        <h3>Score</h3>
        <Score events={touches} />
        <p className="small soft">{scoreSentence(touches)}</p>
      </section>
      {contact ? <ContactBlock contact={contact} /> : <LinkBlock conversation={conversation} />}
      {campaign ? (
        <section className="side-block">
          <h3>In campaign</h3>
          <div className="row row-wrap">
            <Link className="link small" to={paths.campaign(campaign.id)}>
              {campaign.name}
            </Link>
            {campaign.enrollment_status ? (
              <EnrollmentBadge status={campaign.enrollment_status} />
            ) : (
              <CampaignBadge status={campaign.status} />
            )}
          </div>
          {campaign.node_name ? (
            <p className="small soft">
              {campaign.reason
                ? `${whyOf(campaign.reason) ?? words(campaign.reason)}, after: ${campaign.node_name}`
                : `Step: ${campaign.node_name}`}
            </p>
          ) : null}
        </section>
      ) : null}
      {sender ? (
        <section className="side-block">
          <h3>Answers leave from</h3>
          <p className="small">
            {sender.name} <span className="soft">{sender.address}</span>
          </p>
        </section>
      ) : null}
    </aside>
  );
}

function ContactBlock({ contact }: { contact: Contact }) {
  const owned = useOwnersShown();
  const now = useNow();
  const rows: [string, string | null][] = [
    ["Title", contact.title],
    ["Email", contact.email],
    ["Phone", contact.phone],
    ["City", [contact.city, contact.country].filter(Boolean).join(", ") || null],
    ["Local time", contact.time_zone ? clockTime(now, contact.time_zone) : null],
    ["Not by", contact.suppressed.length > 0 ? contact.suppressed.join(", ") : null],
  ];
  return (
    <section className="side-block">
      <div className="row">
        <h3>Contact</h3>
        <Link className="link small push" to={paths.contact(contact.id)}>
          Open
        </Link>
      </div>
      <dl className="facts">
        <dt>Status</dt>
        <dd>
          <ContactBadge status={contact.status} />
        </dd>
        {owned ? (
          <>
            <dt>Owner</dt>
            <dd>
              <OwnerField contact={contact} />
            </dd>
          </>
        ) : null}
        {contact.company && contact.company_id ? (
          <>
            <dt>Company</dt>
            <dd>
              <Link className="link" to={paths.company(contact.company_id)}>
                {contact.company}
              </Link>
            </dd>
          </>
        ) : null}
        {rows
          .filter(([, value]) => value)
          .map(([label, value]) => [<dt key={`${label}-name`}>{label}</dt>, <dd key={label}>{value}</dd>])}
      </dl>
    </section>
  );
}

/** Somebody unknown wrote: say who it is, or make a contact of them. */
function LinkBlock({ conversation }: { conversation: ConversationDetail }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const link = useMutation({
    mutationFn: (contact: Contact) =>
      post(`/api/conversations/${conversation.id}/link`, { contact_id: contact.id }),
    onSuccess: (_, contact) => {
      for (const key of ["conversations", "conversation", "stats", "contacts", "contact", "timeline"])
        void client.invalidateQueries({ queryKey: [key] });
      if (contact.first_name || contact.last_name) toast(`The messages are with ${personName(contact)} now.`);
      else
        toast(`${personName(contact)} is a contact now.`, {
          label: "Add the name",
          run: () => void navigate(paths.contact(contact.id)),
        });
    },
    onError: (error) => toast(messageOf(error)),
  });
  const create = useMutation({
    mutationFn: () =>
      post<Contact>(
        "/api/contacts",
        conversation.channel === "email" ? { email: conversation.address } : { phone: conversation.address },
      ),
    onSuccess: (contact) => link.mutate(contact),
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <section className="side-block">
      <h3>Who is this?</h3>
      <p className="small soft">
        What {conversation.address} wrote moves to the contact you choose, and counts as their answer.
      </p>
      <ContactPicker label="Link to a contact" onPick={(contact) => link.mutate(contact)} />
      <Button icon="plus" busy={create.isPending || link.isPending} onClick={() => create.mutate()}>
        Make a new contact
      </Button>
    </section>
  );
}
