import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { suppressionsOfQuery, suppressionsQuery } from "~/api/queries.ts";
import type { Suppression } from "~/api/types/contacts.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { count, plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty } from "~/ui/states.tsx";
import { isAddress, isMeant, withMore } from "./erased-address.ts";
import { FileDialog } from "./file-dialog.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { SuppressDialog } from "./suppress-dialog.tsx";
import { SuppressionLine } from "./suppression-line.tsx";
import "./suppression.css";

/** Who is never written to. Opt-outs and bounces come here by themselves. */
export function SuppressionSection() {
  const { role } = useMe().member;
  const admin = role === "admin";
  const list = useInfiniteQuery(suppressionsQuery);
  const [adding, setAdding] = useState(false);
  const [bringing, setBringing] = useState(false);
  const [removing, setRemoving] = useState<Suppression | null>(null);
  return (
    <>
      <div className="row row-wrap suppression-head">
        <p className="soft grow">
          Addresses and numbers that nothing is sent to, checked again at the moment of every send.
        </p>
        <a className={buttonClass()} href="/api/suppressions/export.csv" download>
          <Icon name="download" />
          Export
        </a>
        {mayManage(role) ? (
          <Button icon="upload" onClick={() => setBringing(true)}>
            Import
          </Button>
        ) : null}
        <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
          Suppress
        </Button>
      </div>
      {admin ? null : <AdminsOnly to="take an entry off this list" />}
      <Async of={list}>
        {({ pages }) =>
          pages.every(({ data }) => data.length === 0) ? (
            <Empty
              title="Nobody has opted out."
              text="Opt-outs, complaints and hard bounces appear here by themselves. Somebody who says no in another way is added by hand."
            />
          ) : (
            <Entries
              entries={pages.flatMap(({ data }) => data)}
              onMore={list.hasNextPage ? () => void list.fetchNextPage() : null}
              busy={list.isFetchingNextPage}
              onRemove={admin ? setRemoving : null}
            />
          )
        }
      </Async>
      {bringing ? <FileDialog onClose={() => setBringing(false)} /> : null}
      {adding ? <SuppressDialog onClose={() => setAdding(false)} /> : null}
      {removing ? <RemoveDialog entry={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  );
}

function Entries({
  entries,
  onMore,
  busy,
  onRemove,
}: {
  entries: readonly Suppression[];
  /** Nothing where these are all. */
  onMore: (() => void) | null;
  busy: boolean;
  /** Nothing where the reader may not. */
  onRemove: ((entry: Suppression) => void) | null;
}) {
  const [search, setSearch] = useState("");
  // What is not read yet is asked for by its whole address.
  const whole = useDebounced(search.trim(), 250);
  const found = useQuery(suppressionsOfQuery(onMore && isAddress(whole) ? whole : ""));
  const near = entries.filter((entry) => isMeant(entry, search));
  const shown = search.trim() === whole ? withMore(near, found.data) : near;
  return (
    <section className="panel" aria-labelledby="suppressed">
      <div className="panel-head">
        <h3 id="suppressed">
          {onMore ? `The newest ${count(entries.length)}` : plural(entries.length, "entry", "entries")}
        </h3>
        <div className="push">
          <SearchField label="Search" value={search} onChange={setSearch} />
        </div>
      </div>
      {shown.length === 0 ? (
        <Empty
          title="No entry matches."
          text={onMore ? "Older entries are found by their whole address." : undefined}
        >
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
      {onMore && search === "" ? (
        <div className="more-row">
          <Button busy={busy} onClick={onMore}>
            Show more
          </Button>
        </div>
      ) : null}
    </section>
  );
}
