import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { consentsQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Consents, Contact } from "~/api/types/contacts.ts";
import { Form, FormError } from "~/components/form.tsx";
import { CHANNELS, channelLabel } from "~/lib/channel.ts";
import { personName } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Segmented, SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

const STATES = [
  { value: "given", label: "They agreed" },
  { value: "withdrawn", label: "They took it back" },
] as const;
type State = (typeof STATES)[number]["value"];

/** Writing down what somebody said about being written to. */
export function ConsentDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const client = useQueryClient();
  const [channel, setChannel] = useState<Channel>(contact.email ? "email" : "sms");
  const [state, setState] = useState<State>("given");
  const [source, setSource] = useState("");
  const [proof, setProof] = useState("");
  const [day, setDay] = useState("");
  const [until, setUntil] = useState("");
  const save = useMutation({
    mutationFn: () =>
      post<Consents>(`/api/contacts/${contact.id}/consents`, {
        channel,
        state,
        source,
        ...(proof.trim() === "" ? {} : { proof }),
        ...(day === "" ? {} : { at: new Date(`${day}T00:00`).toISOString() }),
        ...(until === "" || state === "withdrawn"
          ? {}
          : { expires_at: new Date(`${until}T23:59:59`).toISOString() }),
      }),
    onSuccess: (now) => {
      client.setQueryData(consentsQuery(contact.id).queryKey, now);
      void client.invalidateQueries({ queryKey: ["contacts"] });
      toast("Written down.");
      onClose();
    },
  });
  return (
    <Dialog
      title={`What ${personName(contact)} said`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="consent"
            busy={save.isPending}
            disabled={source.trim() === ""}
          >
            Save
          </Button>
        </>
      }
    >
      <Form id="consent" className="stack" request={save} onSend={save.mutate}>
        <FormError />
        <Segmented label="What they said" value={state} options={STATES} onChange={setState} />
        <SelectField
          label="About"
          name="channel"
          value={channel}
          onChange={(event) => setChannel(event.target.value as Channel)}
        >
          {CHANNELS.map((id) => (
            <option key={id} value={id}>
              {channelLabel(id)}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Where it comes from"
          name="source"
          hint="A form, an event, a call, a contract"
          maxLength={200}
          autoComplete="off"
          value={source}
          onChange={(event) => setSource(event.target.value)}
        />
        <TextField
          label="What shows it (optional)"
          name="proof"
          hint="The words they agreed to, a link, an IP address"
          maxLength={2000}
          autoComplete="off"
          value={proof}
          onChange={(event) => setProof(event.target.value)}
        />
        <div className="row row-wrap">
          <TextField
            label="When (today if empty)"
            name="at"
            type="date"
            value={day}
            onChange={(event) => setDay(event.target.value)}
          />
          {state === "given" ? (
            <TextField
              label="Good until (optional)"
              name="expires_at"
              type="date"
              value={until}
              onChange={(event) => setUntil(event.target.value)}
            />
          ) : null}
        </div>
      </Form>
    </Dialog>
  );
}
