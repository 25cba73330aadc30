import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { suppressionsQuery } from "~/api/queries.ts";
import type { Suppression } from "~/api/types/contacts.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import { isMeant } from "./erased-address.ts";
import { RemoveDialog } from "./remove-dialog.tsx";
import { SuppressDialog } from "./suppress-dialog.tsx";
import { SuppressionLine } from "./suppression-line.tsx";
import "./suppression.css";

/** Who is never written to. Opt-outs and bounces come here by themselves. */
export function SuppressionSection() {
  const admin = useMe().member.role === "admin";
  const list = useQuery(suppressionsQuery);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Suppression | null>(null);
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          Addresses and numbers that nothing is sent to, checked again at the moment of every send.
        </p>
        <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
          Suppress
        </Button>
      </div>
      {admin ? null : <AdminsOnly to="take an entry off this list" />}
      <Async of={list}>
        {(entries) =>
          entries.length === 0 ? (
            <Empty
              title="Nobody has opted out."
              text="Opt-outs, complaints and hard bounces appear here by themselves. Somebody who says no in another way is added by hand."
            />
          ) : (
            <Entries entries={entries} onRemove={admin ? setRemoving : null} />
          )
        }
      </Async>
      {adding ? <SuppressDialog onClose={() => setAdding(false)} /> : null}
      {removing ? <RemoveDialog entry={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  );
}

function Entries({
  entries,
  onRemove,
}: {
  entries: readonly Suppression[];
  /** Nothing where the reader may not. */
  onRemove: ((entry: Suppression) => void) | null;
}) {
  const [search, setSearch] = useState("");
  const shown = entries.filter((entry) => isMeant(entry, search));
  return (
    <section className="panel" aria-labelledby="suppressed">
      <div className="panel-head">
        <h3 id="suppressed">{plural(entries.length, "entry", "entries")}</h3>
        <div className="push">
          <SearchField label="Search" value={search} onChange={setSearch} />
        </div>
      </div>
      {shown.length === 0 ? (
        <Empty title="No entry matches.">
          <Button onClick={() => setSearch("")}>Clear the search</Button>
        </Empty>
      ) : (
        <ul>
          {shown.map((entry) => (
            <SuppressionLine
              key={entry.id}
              entry={entry}
              onRemove={onRemove ? () => onRemove(entry) : null}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
