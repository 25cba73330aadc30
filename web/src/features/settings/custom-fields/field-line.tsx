import type { CustomField } from "~/api/types/sets.ts";
import { copyText } from "~/components/copy.ts";
import { FIELD_KINDS } from "~/components/field-kinds.ts";
import { plural } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { mergeTag } from "./merge-tag.ts";

/** One field: what it is called, what it holds, and how many contacts have it. */
export function FieldLine({
  field,
  at,
  of,
  onMove,
  onChange,
  onDelete,
}: {
  field: CustomField;
  /** Its place among as many. */
  at: number;
  of: number;
  /** Nothing where the reader may not. */
  onMove: ((by: -1 | 1) => void) | null;
  onChange: () => void;
  onDelete: () => void;
}) {
  const { name, kind, choices, contacts } = field;
  return (
    <li className="custom-field">
      <div className="custom-field-what">
        <span className="row row-wrap">
          <span className="strong">{name}</span>
          <Badge>{FIELD_KINDS[kind].label}</Badge>
        </span>
        <span className="small soft">
          <button
            type="button"
            className="merge-tag"
            title="Copy the merge tag"
            aria-label={`Copy the merge tag of ${name}`}
            onClick={() => void copyText(mergeTag(field), `The merge tag of ${name} is copied.`)}
          >
            <code>{mergeTag(field)}</code>
            <Icon name="copy" />
          </button>{" "}
          · {contacts === 0 ? "on no contact" : `on ${plural(contacts, "contact")}`}
          {choices.length > 0 ? <> · {choices.join(", ")}</> : null}
        </span>
      </div>
      {onMove ? (
        <div className="custom-field-acts">
          <IconButton
            icon="up"
            label={`Move ${name} up`}
            aria-disabled={at === 0}
            onClick={() => onMove(-1)}
          />
          <IconButton
            icon="down"
            label={`Move ${name} down`}
            aria-disabled={at === of - 1}
            onClick={() => onMove(1)}
          />
          <IconButton icon="pencil" label={`Change ${name}`} onClick={onChange} />
          <IconButton icon="trash" label={`Delete ${name}`} onClick={onDelete} />
        </div>
      ) : null}
    </li>
  );
}
