import { useState } from "react";
import type { Contact } from "~/api/types/contacts.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { ContactPicker } from "~/components/contact-picker.tsx";
import { personName } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { useMerge } from "./use-merge.ts";

/** Folds another contact into this one, which is chosen first. */
export function MergeDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const [other, setOther] = useState<Contact | null>(null);
  const merge = useMerge(onClose);
  const name = personName(contact);
  if (other === null) {
    return (
      <Dialog
        title={`Who else is ${name}?`}
        onClose={onClose}
        footer={<Button onClick={onClose}>Cancel</Button>}
      >
        <p className="soft">
          Choose the contact that is the same person. You see what happens before it does.
        </p>
        <ContactPicker
          label="The same person"
          onPick={(picked) => {
            if (picked.id !== contact.id) setOther(picked);
          }}
        />
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      title={`Merge ${personName(other)} into ${name}?`}
      verb="Merge"
      look="primary"
      request={merge}
      onConfirm={() => merge.mutate({ stays: contact, others: [other] })}
      onClose={onClose}
    >
      <WhatHappens stays={contact} others={[other]} />
    </ConfirmDialog>
  );
}

/** What a merge does, before it does. */
export function WhatHappens({ stays, others }: { stays: Contact; others: readonly Contact[] }) {
  const addresses = others
    .flatMap(({ email, phone }) => [email, phone])
    .filter((address) => address !== null && address !== stays.email && address !== stays.phone);
  return (
    <>
      <p>
        <span className="strong">{personName(stays)}</span> stays, with conversations, tags, lists and
        campaigns of both. What is empty is filled; nothing that is there is written over.
      </p>
      {addresses.length > 0 ? <p>Kept as addresses of theirs: {addresses.join(", ")}.</p> : null}
      <p>Where both are in one campaign, the one who has come further goes on: nobody gets a step twice.</p>
      <p className="soft">It can be taken back for 30 days, under Duplicates.</p>
    </>
  );
}
