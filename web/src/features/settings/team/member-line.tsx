import { Link } from "react-router";
import type { MemberTotals, Teammate } from "~/api/types/team.ts";
import { Moment } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { count, plural } from "~/lib/format.ts";
import { seenWords } from "~/lib/seen.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { roleTitle } from "./roles.ts";

/** One person: who they are, what they may do, when they were here. */
export function MemberLine({
  teammate,
  totals,
  admin,
  onEdit,
  onTurn,
}: {
  teammate: Teammate;
  /** Only managers and admins are told. */
  totals: MemberTotals | undefined;
  admin: boolean;
  onEdit: () => void;
  onTurn: () => void;
}) {
  const now = useWallClock();
  const { name, email, handle, seen_at } = teammate;
  return (
    <li className={admin ? "person" : "person person-read"} data-off={teammate.disabled || undefined}>
      <div className="person-who">
        <div className="row row-wrap">
          <span className="strong person-name">{name}</span>
          {teammate.you ? <Badge tone="accent">You</Badge> : null}
          {admin && teammate.second_factor ? <Badge tone="good">Two-step</Badge> : null}
          {teammate.away ? <Badge tone="warn">Away</Badge> : null}
          {teammate.disabled ? <Badge tone="warn">Disabled</Badge> : null}
        </div>
        <div className="small soft person-names">
          <span>{email}</span>
          <span>
            <span className="sr-only">Handle </span>@{handle}
          </span>
        </div>
        {totals ? <Totals of={teammate} totals={totals} admin={admin} /> : null}
      </div>
      <span className="person-role">
        <span className="sr-only">Role: </span>
        <span>{roleTitle(teammate.role)}</span>
      </span>
      <span className="small soft person-seen">
        {seen_at ? <Moment at={seen_at}>Seen {seenWords(seen_at, now)}</Moment> : "Never signed in"}
      </span>
      {admin ? (
        <span className="person-actions">
          <Button small aria-label={`Edit ${name}`} onClick={onEdit}>
            Edit
          </Button>
          <Button
            small
            look="quiet"
            aria-label={`${teammate.disabled ? "Enable" : "Disable"} ${name}`}
            onClick={onTurn}
          >
            {teammate.disabled ? "Enable" : "Disable"}
          </Button>
        </span>
      ) : null}
    </li>
  );
}

/** What belongs to them, and what happens with it. */
function Totals({ of, totals, admin }: { of: Teammate; totals: MemberTotals; admin: boolean }) {
  const { contacts, sent_today, waiting_replies, active_relayers } = totals;
  return (
    <div className="small soft person-names">
      {contacts > 0 ? (
        <Link
          className="link"
          to={paths.contactsOf(of.you ? "me" : of.id)}
          aria-label={`${plural(contacts, "contact")} of ${of.name}`}
        >
          {plural(contacts, "contact")}
        </Link>
      ) : (
        <span>No contacts</span>
      )}
      <span>{count(sent_today)} sent today</span>
      <span>{plural(waiting_replies, "answer")} waiting</span>
      {active_relayers > 0 ? <AtWork relayers={active_relayers} listed={admin || of.you} /> : null}
    </div>
  );
}

/** How many of their devices carry messages now; `listed` where the reader has them on the page of relayers. */
function AtWork({ relayers, listed }: { relayers: number; listed: boolean }) {
  const text = `${plural(relayers, "relayer")} at work`;
  return listed ? (
    <Link className="link" to={paths.settings("relayers")}>
      {text}
    </Link>
  ) : (
    <span>{text}</span>
  );
}
