import type { Contact, ContactInput } from "~/api/types/contacts.ts";
import { EditRow } from "~/components/edit-row.tsx";
import { OwnerField, useOwnersShown } from "~/components/owner.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { useNow } from "~/lib/clock.ts";
import { clockTime } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { CustomRows } from "./custom-rows.tsx";
import { useSave } from "./use-save.ts";

type Key = Exclude<keyof ContactInput, "custom">;
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
  const owned = useOwnersShown();
  const now = useNow();
  const save = useSave(contact);
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
          href={row.key === "company" && contact.company_id ? paths.company(contact.company_id) : undefined}
          onSave={(value) => save.mutate({ [row.key]: value } as ContactInput)}
        />
      ))}
      {contact.time_zone ? (
        <div className="edit-row">
          <dt>Local time</dt>
          <dd className="edit-value">{clockTime(now, contact.time_zone)}</dd>
        </div>
      ) : null}
      <CustomRows contact={contact} />
    </dl>
  );
}
