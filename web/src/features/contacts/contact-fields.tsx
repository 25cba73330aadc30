import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { contactQuery } from "~/api/queries.ts";
import type { Contact, ContactInput } from "~/api/types/contacts.ts";
import { OwnerField, useOwnersShown } from "~/components/owner.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { useNow } from "~/lib/clock.ts";
import { clockTime } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";

type Key = keyof ContactInput;
const ROWS: { key: Key; label: string }[] = [
  { key: "first_name", label: "First name" },
  { key: "last_name", label: "Last name" },
  { key: "company", label: "Company" },
  { key: "title", label: "Title" },
  { key: "email", label: "E-mail" },
  { key: "phone", label: "Phone" },
  { key: "city", label: "City" },
  { key: "country", label: "Country" },
  { key: "time_zone", label: "Time zone" },
];

/** Every field is a button that becomes an input; Enter saves, Escape leaves it as it was. */
export function ContactFields({ contact }: { contact: Contact }) {
  const client = useQueryClient();
  const owned = useOwnersShown();
  const now = useNow();
  const save = useMutation({
    mutationFn: (change: ContactInput) => patch<Contact>(`/api/contacts/${contact.id}`, change),
    onSuccess: (saved, change) => {
      const before = Object.fromEntries(
        Object.keys(change).map((key) => [key, contact[key as Key]]),
      ) as ContactInput;
      client.setQueryData(contactQuery(contact.id).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["contacts"] });
      toast("Saved.", { label: "Undo", run: () => save.mutate(before) });
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <dl className="stack-2">
      <div className="edit-row">
        <dt>Status</dt>
        <dd>
          <select
            className="input"
            aria-label="Status"
            value={contact.status}
            onChange={(event) => save.mutate({ status: event.target.value })}
          >
            {[...new Set([...CONTACT_STATUSES, contact.status])].map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
        </dd>
      </div>
      {owned ? (
        <div className="edit-row">
          <dt>Owner</dt>
          <dd>
            <OwnerField contact={contact} />
          </dd>
        </div>
      ) : null}
      {ROWS.map((row) => (
        <EditRow
          key={row.key}
          label={row.label}
          value={contact[row.key] ?? ""}
          onSave={(value) => save.mutate({ [row.key]: value } as ContactInput)}
        />
      ))}
      {contact.time_zone ? (
        <div className="edit-row">
          <dt>Local time</dt>
          <dd className="edit-value">{clockTime(now, contact.time_zone)}</dd>
        </div>
      ) : null}
    </dl>
  );
}

function EditRow({
  label,
  value,
  onSave,
}: {
  label: string;
  value: string;
  onSave: (value: string) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const finish = (keep: boolean) => {
    if (keep && draft !== null && draft.trim() !== value) onSave(draft.trim());
    setDraft(null);
  };
  return (
    <div className="edit-row">
      <dt>{label}</dt>
      <dd>
        {draft === null ? (
          <button
            type="button"
            className="edit-value"
            aria-label={`${label}: ${value || "empty"}. Edit`}
            onClick={() => setDraft(value)}
          >
            {value || <span className="muted">Add</span>}
            <Icon name="pencil" />
          </button>
        ) : (
          <input
            className="input"
            aria-label={label}
            // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onBlur={() => finish(true)}
            onKeyDown={(event) => {
              if (event.key === "Enter") finish(true);
              else if (event.key === "Escape") finish(false);
            }}
          />
        )}
      </dd>
    </div>
  );
}
