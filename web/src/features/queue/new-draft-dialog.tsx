import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { Draft } from "~/api/types/drafts.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

/** A message on Telegram that waits for a yes. */
export function NewDraftDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="New Telegram draft" onClose={onClose}>
      <DraftForm onClose={onClose} />
    </Dialog>
  );
}

function DraftForm({ onClose }: { onClose: () => void }) {
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const [clientId] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => post<Draft>("/api/drafts", { channel: "telegram", to, text, client_id: clientId }),
    onSuccess: (draft) => {
      void client.invalidateQueries({ queryKey: ["drafts"] });
      toast(`The draft to ${draft.contact_name} waits for approval.`);
      onClose();
    },
  });
  return (
    <Form request={make} onSend={make.mutate}>
      <FormError />
      <TextField
        label="Name on Telegram"
        name="to"
        required
        autoComplete="off"
        placeholder="@name"
        value={to}
        onChange={(event) => setTo(event.target.value)}
      />
      <Frame label="Text" name="text">
        {(control) => (
          <textarea
            {...control}
            className="input new-draft-text"
            required
            rows={6}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Frame>
      <p className="small soft">It leaves from your own account, by your device, once it is approved.</p>
      <FormFoot verb="Add to the queue" onCancel={onClose} />
    </Form>
  );
}
