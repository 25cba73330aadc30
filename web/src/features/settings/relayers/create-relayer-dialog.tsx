import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { MadeRelayer } from "~/api/types/relayers.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { MadeRelayerKey } from "./made-relayer-key.tsx";

/** First which device it is, then its key, this once. */
export function CreateRelayerDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<MadeRelayer | null>(null);
  if (made) return <MadeRelayerKey made={made} onClose={onClose} />;
  return (
    <Dialog title="New relayer" onClose={onClose}>
      <RelayerForm onMade={setMade} onClose={onClose} />
    </Dialog>
  );
}

function RelayerForm({ onMade, onClose }: { onMade: (made: MadeRelayer) => void; onClose: () => void }) {
  const { member } = useMe();
  const [name, setName] = useState("");
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => post<MadeRelayer>("/api/relayers", { name: name.trim() }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["relayers"] });
      onMade(made);
    },
  });
  return (
    <Form request={make} onSend={make.mutate}>
      <FormError />
      <TextField
        label="Device"
        name="name"
        required
        maxLength={100}
        autoComplete="off"
        hint="So that you know it again: “MacBook”, “Chrome at the office”."
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <p className="small soft">
        It carries the messages of <strong>{member.name}</strong> alone. A colleague makes the keys of their
        own devices, signed in as themselves.
      </p>
      <FormFoot verb="Make the key" onCancel={onClose} />
    </Form>
  );
}
