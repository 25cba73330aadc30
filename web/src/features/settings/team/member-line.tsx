import type { Teammate } from "~/api/types.ts";
import { useWallClock } from "~/lib/clock.ts";
import { exactly } from "~/lib/format.ts";
import { seenWords } from "~/lib/seen.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { roleTitle } from "./roles.ts";

/** One person: who they are, what they may do, when they were here. */
export function MemberLine({
  teammate,
  admin,
  onEdit,
  onTurn,
}: {
  teammate: Teammate;
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
          {teammate.disabled ? <Badge tone="warn">Disabled</Badge> : null}
        </div>
        <div className="small soft person-names">
          <span>{email}</span>
          <span>
            <span className="sr-only">Handle </span>@{handle}
          </span>
        </div>
      </div>
      <span className="person-role">
        <span className="sr-only">Role: </span>
        <span>{roleTitle(teammate.role)}</span>
      </span>
      <span className="small soft person-seen" title={seen_at ? exactly(seen_at) : undefined}>
        {seen_at ? `Seen ${seenWords(seen_at, now)}` : "Never signed in"}
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
