import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { contactSearchQuery } from "~/api/queries.ts";
import type { Contact } from "~/api/types/contacts.ts";
import { personName } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import "./contact-picker.css";

/** Finds one contact by name, address or number; arrows and Enter choose. */
export function ContactPicker({ label, onPick }: { label: string; onPick: (contact: Contact) => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const { data } = useQuery(contactSearchQuery(useDebounced(text, 150)));
  const found = text.trim() === "" ? [] : (data?.data ?? []);
  const current = Math.min(active, found.length - 1);
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        className="input"
        role="combobox"
        autoComplete="off"
        aria-expanded={found.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={found[current] ? `${id}-${current}` : undefined}
        placeholder="Name, e-mail or phone"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setActive(Math.min(found.length - 1, current + 1));
          else if (event.key === "ArrowUp") setActive(Math.max(0, current - 1));
          else if (event.key === "Enter" && found[current]) onPick(found[current]);
          else return;
          event.preventDefault();
        }}
      />
      <div className="picker" id={`${id}-list`} role="listbox" aria-label={label}>
        {found.map((contact, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text field
          <div
            key={contact.id}
            id={`${id}-${index}`}
            className="picker-item"
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            onClick={() => onPick(contact)}
          >
            <span className="strong">{personName(contact)}</span>
            <span className="small soft clip">
              {[contact.company, contact.email ?? contact.phone].filter(Boolean).join(" · ")}
            </span>
          </div>
        ))}
        {text.trim() !== "" && data && found.length === 0 ? (
          <p className="small muted">No contact matches.</p>
        ) : null}
      </div>
    </div>
  );
}
