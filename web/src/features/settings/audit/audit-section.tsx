import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { apiKeysQuery } from "~/api/access-queries.ts";
import { withQuery } from "~/api/client.ts";
import { auditQuery, membersQuery } from "~/api/team-queries.ts";
import type { AuditEntry } from "~/api/types/audit.ts";
import type { Teammate } from "~/api/types/team.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { useNow } from "~/lib/clock.ts";
import { words } from "~/lib/format.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SelectField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout, Empty, Skeleton } from "~/ui/states.tsx";
import { AuditLine } from "./audit-line.tsx";
import { Verification } from "./verification.tsx";
import { type AuditView, byDay, readView, writeView } from "./view.ts";
import { KINDS } from "./words.ts";
import "./audit.css";

/** Who did what in this workspace. Only for admins. */
export function AuditSection() {
  const me = useMe();
  if (me.member.role !== "admin")
    return <Callout>The audit log is for admins. Ask one of them if you need to know who did what.</Callout>;
  return <AuditLog />;
}

function AuditLog() {
  const [params, setParams] = useSearchParams();
  const view = readView(params);
  const log = useInfiniteQuery(auditQuery(view));
  const members = useQuery(membersQuery);
  const people = members.data ?? [];
  const end = useRef<HTMLParagraphElement>(null);
  const asked = useRef(false);
  const show = (change: Partial<AuditView>) => {
    // The address itself is asked: what was drawn may be one choice behind it.
    const before = readView(new URLSearchParams(window.location.search));
    asked.current = false;
    setParams(writeView({ ...before, ...change }), { replace: true });
  };
  const entries = log.data?.pages.flatMap((page) => page.data) ?? [];
  const more = () => {
    asked.current = true;
    void log.fetchNextPage();
  };
  // The button that had the focus is gone with the last page; what came is read from where one was.
  useEffect(() => {
    if (log.hasNextPage || !asked.current) return;
    asked.current = false;
    end.current?.focus({ preventScroll: true });
  }, [log.hasNextPage]);
  return (
    <>
      <p className="soft">
        Who did what, when, and from which address. Of settings and rights it says what they were and are; of
        people, only which fields were changed.
      </p>
      <Verification />
      <Filters view={view} people={people} onChange={show} />
      {log.isPending ? <Skeleton lines={8} height={20} gap={20} /> : null}
      {log.data && entries.length === 0 ? <Nothing view={view} onClear={show} /> : null}
      <Days entries={entries} people={people} />
      {log.error ? (
        <ErrorBlock
          error={log.error}
          busy={log.isFetching}
          onRetry={() => void (log.isFetchNextPageError ? more() : log.refetch())}
        />
      ) : log.hasNextPage ? (
        <div className="more-row">
          <Button busy={log.isFetchingNextPage} onClick={more}>
            Load more
          </Button>
        </div>
      ) : log.data && log.data.pages.length > 1 ? (
        <p className="small soft deeds-end" ref={end} tabIndex={-1}>
          That is everything.
        </p>
      ) : null}
    </>
  );
}

/** Whose deeds, and to what; the file holds what is shown, and all of it. */
function Filters({
  view,
  people,
  onChange,
}: {
  view: AuditView;
  people: readonly Teammate[];
  onChange: (change: Partial<AuditView>) => void;
}) {
  const { actor, action } = view;
  return (
    <div className="audit-filters">
      <SelectField label="Person" value={actor} onChange={(event) => onChange({ actor: event.target.value })}>
        <option value="">Everybody</option>
        {people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {actor === "" || people.some(({ id }) => id === actor) ? null : (
          <option value={actor}>One person</option>
        )}
      </SelectField>
      <SelectField
        label="Kind of thing"
        value={action}
        onChange={(event) => onChange({ action: event.target.value })}
      >
        <option value="">Everything</option>
        {KINDS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {action === "" || KINDS.some(({ value }) => value === action) ? null : (
          <option value={action}>{words(action)}</option>
        )}
      </SelectField>
      <a className={buttonClass()} href={withQuery("/api/audit.csv", view)} download>
        <Icon name="download" />
        Export CSV
      </a>
    </div>
  );
}

function Nothing({ view, onClear }: { view: AuditView; onClear: (view: AuditView) => void }) {
  if (view.actor === "" && view.action === "")
    return <Empty title="Nothing has been done yet." text="Whatever people change appears here by itself." />;
  return (
    <Empty title="Nothing matches.">
      <Button onClick={() => onClear({ actor: "", action: "" })}>Show everything</Button>
    </Empty>
  );
}

function Days({ entries, people }: { entries: readonly AuditEntry[]; people: readonly Teammate[] }) {
  const now = useNow();
  const keys = useQuery({ ...apiKeysQuery, enabled: entries.some(({ key_id }) => key_id) });
  const names = new Map([...people, ...(keys.data ?? [])].map(({ id, name }) => [id, name]));
  return byDay(entries, now).map(({ name, entries: deeds }) => {
    const id = `day-${deeds[0]?.id}`;
    return (
      <section className="panel" aria-labelledby={id} key={id}>
        <div className="panel-head">
          <h3 id={id}>{name}</h3>
        </div>
        <ul>
          {deeds.map((entry) => (
            <AuditLine key={entry.id} entry={entry} names={names} />
          ))}
        </ul>
      </section>
    );
  });
}
