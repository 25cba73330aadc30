import { Link } from "react-router";
import type { AuditEntry } from "~/api/types/audit.ts";
import { clockTime, exactly } from "~/lib/format.ts";
import { pageOf } from "./view.ts";
import { sentence } from "./words.ts";

/** Who did what to what, from where and when. */
export function AuditLine({ entry, names }: { entry: AuditEntry; names: ReadonlyMap<string, string> }) {
  const key = entry.key_id === null ? undefined : names.get(entry.key_id);
  const { before, thing, after, fields } = sentence(entry);
  const page = pageOf(entry.subject);
  const name = names.get(entry.subject);
  return (
    <li className="deed">
      <time className="small muted deed-time" dateTime={entry.at} title={exactly(entry.at)}>
        {clockTime(entry.at)}
      </time>
      <p className="deed-text">
        <span className="strong">{entry.actor?.name ?? "Overture"}</span> {before}
        {thing && page ? (
          <Link className="link" to={page}>
            {thing}
          </Link>
        ) : (
          thing
        )}
        {thing && name ? <>, {name}</> : null}
        {after}
        {entry.key_id ? <span className="soft"> by an API key{key ? `, “${key}”` : ""}</span> : null}
        {fields.length > 0 ? <span className="soft">: {fields.join(", ")}</span> : null}
      </p>
      {entry.address ? (
        <span className="small soft deed-address">
          <span className="sr-only">From </span>
          {entry.address}
        </span>
      ) : null}
    </li>
  );
}
