import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { post } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { Erasure } from "~/api/types/privacy.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { personName } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";

/** What a person may ask for: all that is stored about them, and that it be gone. Only for admins. */
export function PrivacyBlock({ contact }: { contact: Contact }) {
  const me = useMe();
  const [erasing, setErasing] = useState(false);
  if (me.member.role !== "admin") return null;
  return (
    <section className="side-block">
      <h2>Privacy</h2>
      <div className="privacy-actions">
        <a
          className={buttonClass("plain", true)}
          href={`/api/contacts/${contact.id}/export`}
          download={`${contact.id}.json`}
        >
          <Icon name="download" />
          Export this person's data
        </a>
        <Button small look="quiet" icon="trash" onClick={() => setErasing(true)}>
          Erase this person…
        </Button>
      </div>
      {erasing ? <EraseDialog contact={contact} onClose={() => setErasing(false)} /> : null}
    </section>
  );
}

function EraseDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = personName(contact);
  const [typed, setTyped] = useState("");
  const erase = useMutation({
    mutationFn: () => post<Erasure>(`/api/contacts/${contact.id}/erase`, { confirm: typed }),
    onSuccess: async (certificate) => {
      await navigate(`${paths.settings("privacy")}?certificate=${certificate.id}`);
      // Nothing that was read of them stays in memory.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
      toast("The person is erased. This is the certificate.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    erase.mutate();
  };
  const error = formError(erase.error, ["confirm"]);
  return (
    <Dialog
      title={`Erase ${name}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep</Button>
          <Button
            look="danger"
            type="submit"
            form="erase-person"
            busy={erase.isPending}
            disabled={typed.trim().toLowerCase() !== name.trim().toLowerCase()}
          >
            Erase for good
          </Button>
        </>
      }
    >
      <form id="erase-person" className="stack" onSubmit={submit} noValidate>
        {error ? <ErrorBlock error={error} /> : null}
        <ul className="erase-list">
          <li>
            Everything about them goes for good: the contact, all messages and conversations, their history
            and what providers sent. Numbers of campaigns go down by theirs.
          </li>
          <li>What waits to be sent to them is not sent.</li>
          <li>
            Only a fingerprint of each address stays, so that nobody writes to them again, even if they are
            imported once more.
          </li>
          <li>Backups made before keep what they hold.</li>
        </ul>
        <TextField
          label={`Type “${name}” to confirm`}
          autoComplete="off"
          value={typed}
          error={fieldError(erase.error, "confirm")}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
    </Dialog>
  );
}
