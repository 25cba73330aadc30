import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { Question } from "~/api/types/sign-in.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { makePasskey } from "~/lib/passkey.ts";
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
  return (
    <Form request={make} onSend={make.mutate}>
      <FormError />
      <TextField
        label="Name"
        name="name"
        // The form with the focus is gone.
        autoFocus
        required
        maxLength={100}
        autoComplete="off"
        hint="To know it again, such as “Phone” or “Work laptop”."
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <FormFoot verb="Make the passkey" onCancel={onClose} />
    </Form>
  );
}
