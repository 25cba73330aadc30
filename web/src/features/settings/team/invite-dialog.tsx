import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { NewInvitation } from "~/api/types/team.ts";
import type { Role } from "~/api/types/workspace.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { ShownOnce } from "~/components/shown-once.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { when } from "~/lib/format.ts";
import { ROLE_WORDS } from "~/lib/roles.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Choices, TextField } from "~/ui/field.tsx";
import { ROLES } from "./roles.ts";

/** First who and as what, then the link that lets them in. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewInvitation | null>(null);
  return (
    <Dialog title={made ? "Send this link" : "Invite a colleague"} onClose={onClose}>
      {made ? (
        <InviteLink made={made} onClose={onClose} />
      ) : (
        <InviteForm onMade={setMade} onClose={onClose} />
      )}
    </Dialog>
  );
}

function InviteForm({ onMade, onClose }: { onMade: (made: NewInvitation) => void; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("rep");
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      post<NewInvitation>("/api/invitations", { role, ...(email.trim() ? { email: email.trim() } : {}) }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["invitations"] });
      onMade(made);
    },
  });
  return (
    <Form request={make} onSend={make.mutate}>
      <FormError />
      <TextField
        label="E-mail (optional)"
        name="email"
        type="email"
        autoComplete="off"
        hint="With it, the link is for that address alone. Nothing is mailed: you send the link yourself."
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <Choices legend="Role" name="invite-role" value={role} options={ROLES} onChange={setRole} />
      <FormFoot verb="Make the link" onCancel={onClose} />
    </Form>
  );
}

function InviteLink({ made, onClose }: { made: NewInvitation; onClose: () => void }) {
  const now = useWallClock();
  return (
    <div className="stack">
      <p>
        {made.email ? <strong>{made.email}</strong> : "Whoever opens it"} joins as {ROLE_WORDS[made.role]}.
      </p>
      <ShownOnce label="Invitation link" value={made.url} done="The link is copied.">
        It is shown only now. It works once, for 7 days, until {when(made.expires_at, now)}. Lost it? Withdraw
        the invitation and make another.
      </ShownOnce>
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Done</Button>
      </div>
    </div>
  );
}
