import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import type { Question } from "~/api/types/sign-in.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { makePasskey } from "~/lib/passkey.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { PasswordAgain } from "./password-again.tsx";

type Asked = Question<PublicKeyCredentialCreationOptionsJSON>;

/** The password again, then the browser's own dialog makes the passkey. */
export function NewPasskeyDialog({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  return (
    <Dialog title="Add a passkey" onClose={onClose}>
      {asked ? (
        <Make asked={asked} onClose={onClose} />
      ) : (
        <PasswordAgain<Asked>
          path="/api/profile/passkeys/begin"
          verb="Continue"
          text="A passkey stays on your device or in your password manager. Nothing secret is kept here."
          onDone={setAsked}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

function Make({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const [name, setName] = useState("");
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const make = useMutation({
    mutationFn: async () => {
      const credential = await makePasskey(asked.options);
      return post("/api/profile/passkeys", { question: asked.question, name: name.trim(), credential });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["two-step"] });
      toast("The passkey is added.");
      onClose();
    },
  });
  // The form with the focus is gone.
  useEffect(() => form.current?.querySelector<HTMLInputElement>("[name=name]")?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const error = formError(make.error, ["name"]);
  return (
    <form className="stack" ref={form} onSubmit={submit}>
      {error ? <ErrorBlock error={error} /> : null}
      <TextField
        label="Name"
        name="name"
        required
        maxLength={100}
        autoComplete="off"
        hint="To know it again, such as “Phone” or “Work laptop”."
        value={name}
        error={fieldError(make.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" busy={make.isPending}>
          Make the passkey
        </Button>
      </div>
    </form>
  );
}
