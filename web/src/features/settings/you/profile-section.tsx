import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { patch } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import type { Member } from "~/api/types/workspace.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { Button } from "~/ui/button.tsx";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const error = formError(save.error, ["name", "handle"]);
  return (
    <form className="panel" onSubmit={submit}>
      <div className="panel-body stack">
        {error ? <ErrorBlock error={error} /> : null}
        <div className="form-pairs">
          <TextField
            label="Name"
            autoComplete="name"
            required
            hint="Your team sees it beside what you do."
            value={name}
            error={fieldError(save.error, "name")}
            onChange={(event) => setName(event.target.value)}
          />
          <TextField
            label="Handle"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            required
            hint="A short name. The relayer sends it as the employee id."
            value={handle}
            error={fieldError(save.error, "handle")}
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
          <Button look="primary" type="submit" busy={save.isPending}>
            Save
          </Button>
        </div>
      </div>
    </form>
  );
}
