import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Invitation } from "~/api/types/team.ts";
import { useWallClock } from "~/lib/clock.ts";
import { exactly } from "~/lib/format.ts";
import { goodFor } from "~/lib/seen.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { roleTitle } from "./roles.ts";

/** Links that were made and not used yet. */
export function Invitations({ list }: { list: Invitation[] }) {
  return (
    <section className="panel" aria-labelledby="team-invitations">
      <div className="panel-head">
        <h3 id="team-invitations">Open invitations</h3>
      </div>
      <ul>
        {list.map((invitation) => (
          <InvitationLine key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </section>
  );
}

function InvitationLine({ invitation }: { invitation: Invitation }) {
  const client = useQueryClient();
  const now = useWallClock();
  const { email, expired, expires_at, role } = invitation;
  const withdraw = useMutation({
    mutationFn: () => del(`/api/invitations/${invitation.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["invitations"] });
      toast("The invitation is withdrawn. Its link opens nothing any more.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <li className="person">
      <div className="person-who">
        <div className="row row-wrap">
          <span className="strong person-name">{email ?? "Whoever has the link"}</span>
          {expired ? <Badge tone="warn">Expired</Badge> : null}
        </div>
        <div className="small soft">Invited by {invitation.invited_by}</div>
      </div>
      <span className="person-role">
        <span className="sr-only">Role: </span>
        <span>{roleTitle(role)}</span>
      </span>
      <span className="small soft person-seen" title={exactly(expires_at)}>
        {expired ? null : `Good ${goodFor(expires_at, now)}`}
      </span>
      <span className="person-actions">
        <Button
          small
          look="quiet"
          busy={withdraw.isPending}
          aria-label={`Withdraw the invitation for ${email ?? "whoever has the link"}`}
          onClick={() => withdraw.mutate()}
        >
          Withdraw
        </Button>
      </span>
    </li>
  );
}
