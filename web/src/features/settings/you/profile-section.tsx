import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import type { Member } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { PasswordForm } from "./password-form.tsx";

/** Who I am in this workspace, and what I sign in with. */
export function ProfileSection() {
  const me = useMe();
  return (
    <>
      <ProfileForm member={me.member} />
      <PasswordForm email={me.member.email} />
    </>
  );
}

function ProfileForm({ member }: { member: Member }) {
  const [name, setName] = useState(member.name);
  const [handle, setHandle] = useState(member.handle);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Member>("/api/profile", { name: name.trim(), handle: handle.trim() }),
    onSuccess: (after) => {
      setName(after.name);
      setHandle(after.handle);
      for (const key of ["me", "members"]) void client.invalidateQueries({ queryKey: [key] });
      toast("Saved.");
    },
  });
  return (
    <Form className="panel" request={save} onSend={save.mutate}>
      <div className="panel-body stack">
        <FormError />
        <div className="form-pairs">
          <TextField
            label="Name"
            name="name"
            autoComplete="name"
            required
            hint="Your team sees it beside what you do."
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label="Handle"
            name="handle"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            required
            hint="A short name, used once in the workspace."
            value={handle}
            onChange={(event) => setHandle(event.target.value)}
          />
        </div>
        <TextField
          label="E-mail"
          readOnly
          hint="You sign in with it. It cannot be changed here."
          value={member.email}
        />
        <div className="row">
          <Submit>Save</Submit>
        </div>
      </div>
    </Form>
  );
}
