import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { contactQuery } from "~/api/queries.ts";
import type { Address, AddressKind, Contact } from "~/api/types/contacts.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { Badge } from "~/ui/badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { ADDRESS_LABEL, isFormer } from "./addresses.ts";

type New = Pick<Address, "kind" | "value">;

/** Where else somebody can be known by: whoever writes from there is this contact. */
export function AddressesBlock({ contact }: { contact: Contact }) {
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const path = `/api/contacts/${contact.id}/addresses`;
  const saved = (now: Contact) => {
    client.setQueryData(contactQuery(contact.id).queryKey, now);
    void client.invalidateQueries({ queryKey: ["contacts"] });
  };
  const add = useMutation({
    mutationFn: (address: New) => post<Contact>(path, address),
    onSuccess: (now) => {
      saved(now);
      setAdding(false);
    },
  });
  const remove = useMutation({
    mutationFn: ({ kind, value }: New) => del<Contact>(`${path}/${kind}/${encodeURIComponent(value)}`),
    onSuccess: (now, { kind, value }) => {
      saved(now);
      toast(`${value} is no address of theirs any more.`, {
        label: "Undo",
        run: () => add.mutate({ kind, value }),
      });
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <section className="side-block">
      <h2>Other addresses</h2>
      {contact.addresses.map(({ kind, value, source }) => (
        <div className="suppress-row" key={`${kind} ${value}`}>
          <span className="small soft address-kind">{ADDRESS_LABEL[kind]}</span>
          <span className="clip" title={value}>
            {value}
          </span>
          {isFormer({ source }) && (
            <Badge title="They have another number now. Nobody is written to here.">former</Badge>
          )}
          <span className="push" />
          <IconButton icon="cross" label={`Remove ${value}`} onClick={() => remove.mutate({ kind, value })} />
        </div>
      ))}
      {adding ? (
        <AddressForm request={add} onSend={add.mutate} onCancel={() => setAdding(false)} />
      ) : (
        <div className="chips">
          <Button
            small
            look="quiet"
            icon="plus"
            onClick={() => {
              add.reset();
              setAdding(true);
            }}
          >
            Add an address
          </Button>
        </div>
      )}
    </section>
  );
}

function AddressForm({
  request,
  onSend,
  onCancel,
}: {
  request: { error: unknown; isPending: boolean };
  onSend: (address: New) => void;
  onCancel: () => void;
}) {
  const [kind, setKind] = useState<AddressKind>("email");
  const [value, setValue] = useState("");
  return (
    <Form request={request} onSend={() => onSend({ kind, value })}>
      <FormError />
      <SelectField
        label="Kind"
        name="kind"
        value={kind}
        onChange={(event) => setKind(event.target.value as AddressKind)}
      >
        {Object.entries(ADDRESS_LABEL).map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Address"
        name="value"
        autoFocus
        autoComplete="off"
        value={value}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onCancel();
        }}
      />
      <div className="row">
        <Submit disabled={value.trim() === ""}>Add</Submit>
        <Button onClick={onCancel}>Cancel</Button>
      </div>
    </Form>
  );
}
