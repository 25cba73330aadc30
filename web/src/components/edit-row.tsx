import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { FieldError } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import "./edit-row.css";

/** A field is a button that becomes an input; Enter saves, Escape leaves it as it was. */
export function EditRow({
  label,
  value,
  type = "text",
  shown = value,
  error,
  href = type === "url" && value !== "" ? value : undefined,
  onSave,
}: {
  label: string;
  value: string;
  type?: "text" | "number" | "date" | "url";
  /** How the value reads where it is not edited. */
  shown?: ReactNode;
  /** Why the last value was refused. */
  error?: string;
  /** Where the value leads: a page of ours, or one of the web. */
  href?: string;
  onSave: (value: string) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  const finish = (keep: boolean) => {
    if (keep && draft !== null && draft.trim() !== value) onSave(draft.trim());
    setDraft(null);
  };
  const link = draft === null ? href : undefined;
  return (
    <div className="edit-row">
      <dt>{label}</dt>
      <dd className={link ? "edit-link" : undefined}>
        {link ? (
          link.startsWith("/") ? (
            <Link className="link clip" to={link}>
              {shown}
            </Link>
          ) : (
            <a className="link clip" href={link} target="_blank" rel="noreferrer noopener">
              {shown === value ? value.replace(/^https?:\/\/(www\.)?/, "") : shown}
            </a>
          )
        ) : null}
        {draft === null ? (
          <button
            type="button"
            className="edit-value"
            aria-label={`${label}: ${value || "empty"}. Edit`}
            onClick={() => setDraft(value)}
          >
            {link ? null : value === "" ? <span className="muted">Add</span> : shown}
            <Icon name="pencil" />
          </button>
        ) : (
          <input
            className="input"
            aria-label={label}
            type={type === "number" ? "text" : type}
            inputMode={type === "number" ? "decimal" : undefined}
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
        {error && draft === null ? <FieldError alert>{error}</FieldError> : null}
      </dd>
    </div>
  );
}
