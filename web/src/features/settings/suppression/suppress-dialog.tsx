import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Suppression } from "~/api/types/contacts.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { plural } from "~/lib/format.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

/** Somebody has said no by another way, on the telephone say. */
export function SuppressDialog({ onClose }: { onClose: () => void }) {
  const [channel, setChannel] = useState<Channel | "all">("all");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      post<Suppression>("/api/suppressions", {
        channel,
        value: value.trim(),
        reason: reason.trim() || "Set by hand",
      }),
    onSuccess: (entry) => {
      for (const key of ["suppressions", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(entry.in_flight ? `Added. ${plural(entry.in_flight, "message")} had already left.` : "Added.");
      onClose();
    },
  });
  return (
    <Dialog title="Suppress an address" onClose={onClose}>
      <Form request={add} onSend={add.mutate}>
        <FormError />
        <TextField
          label="Address or number"
          name="value"
          required
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          hint="An e-mail address or a phone number."
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <SelectField
          label="Not written to by"
          name="channel"
          value={channel}
          onChange={(event) => setChannel(event.target.value as Channel | "all")}
        >
          <option value="all">Any channel</option>
          <option value="email">E-mail</option>
          <option value="sms">Text</option>
        </SelectField>
        <TextField
          label="Reason (optional)"
          name="reason"
          autoComplete="off"
          hint="For whoever asks later: “Said no on the phone”."
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <FormFoot verb="Suppress" onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
