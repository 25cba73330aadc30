import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del } from "~/api/client.ts";
import type { Invitation } from "~/api/types/team.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { Moment } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
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
  const [asking, setAsking] = useState(false);
  const whom = email ?? "whoever has the link";
  const withdraw = useMutation({
    mutationFn: () => del(`/api/invitations/${invitation.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["invitations"] });
      toast("The invitation is withdrawn. Its link opens nothing any more.");
      setAsking(false);
    },
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
      <span className="small soft person-seen">
        {expired ? null : <Moment at={expires_at}>Good {goodFor(expires_at, now)}</Moment>}
      </span>
      <span className="person-actions">
        <Button
          small
          look="quiet"
          aria-label={`Withdraw the invitation for ${whom}`}
          onClick={() => setAsking(true)}
        >
          Withdraw
        </Button>
      </span>
      {asking ? (
        <ConfirmDialog
          title="Withdraw the invitation?"
          verb="Withdraw it"
          keep="Keep it"
          request={withdraw}
          onConfirm={withdraw.mutate}
          onClose={() => setAsking(false)}
        >
          <p>The link for {whom} opens nothing any more. This cannot be undone; you can make another.</p>
        </ConfirmDialog>
      ) : null}
    </li>
  );
}
