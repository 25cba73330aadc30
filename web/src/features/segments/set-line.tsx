import type { ReactNode } from "react";
import { Link } from "react-router";
import { count } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { IconButton } from "~/ui/button.tsx";

/** One tag, list or segment: its name leads to its people. */
export function SetLine({
  id,
  name,
  contacts,
  computing,
  about,
  onEdit,
  edit,
  onDelete,
}: {
  id: string;
  name: string;
  contacts: number;
  /** The number still moves. */
  computing?: boolean;
  about: ReactNode;
  /** What its pencil does: `Rename`. */
  edit: string;
  onEdit: () => void;
  /** Nothing where the reader may not. */
  onDelete: (() => void) | null;
}) {
  return (
    <li className="set-line">
      <Link className="set-open" to={paths.contactsIn(id)}>
        <span className="set-what">
          <span className="strong clip">{name}</span>
          <span className="small soft set-about">{about}</span>
        </span>
        <span className="set-count">
          <span className="strong">{count(contacts)}</span>
          <span className="tiny soft">{contacts === 1 ? "contact" : "contacts"}</span>
        </span>
        {computing ? <Badge tone="info">Computing…</Badge> : null}
      </Link>
      <span className="set-acts">
        <IconButton icon="pencil" label={`${edit} ${name}`} onClick={onEdit} />
        {onDelete ? <IconButton icon="trash" label={`Delete ${name}`} onClick={onDelete} /> : null}
      </span>
    </li>
  );
}
