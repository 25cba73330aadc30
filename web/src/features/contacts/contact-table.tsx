import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Contact } from "~/api/types.ts";
import { ContactBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { personName } from "~/lib/format.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import { nextSort, type SortColumn } from "./view.ts";

const ROW = 40;
const ROW_TOUCH = 64;

/** Only the rows in sight exist in the page, however many contacts there are. */
export function ContactTable({
  rows,
  sort,
  onSort,
  onEnd,
}: {
  rows: readonly Contact[];
  sort: string;
  onSort: (sort: string) => void;
  onEnd: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const [active, setActive] = useState(-1);
  const narrow = matchMedia("(max-width: 759.98px)").matches;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? ROW_TOUCH : ROW),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  useListKeys({
    id: "contacts",
    group: "Contacts",
    length: rows.length,
    active,
    move: (index) => {
      setActive(index);
      virtual.scrollToIndex(index);
    },
    open: (index) => {
      const contact = rows[index];
      if (contact) void navigate(paths.contact(contact.id));
    },
  });
  return (
    <div
      className="grid-table"
      role="table"
      aria-label="Contacts"
      aria-rowcount={rows.length + 1}
      ref={scroller}
    >
      <div className="grid-row grid-head" role="row">
        <SortHead column="name" label="Name" sort={sort} onSort={onSort} />
        <span role="columnheader">E-mail</span>
        <span role="columnheader">Phone</span>
        <SortHead column="company" label="Company" sort={sort} onSort={onSort} />
        <SortHead column="status" label="Status" sort={sort} onSort={onSort} />
        <SortHead column="updated_at" label="Changed" sort={sort} onSort={onSort} right />
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const contact = rows[item.index];
          if (!contact) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the name in the row is a link; the row is a larger target
            <div
              key={contact.id}
              className={item.index === active ? "grid-row grid-body grid-active" : "grid-row grid-body"}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + 2}
              style={{ transform: `translateY(${item.start}px)`, height: item.size }}
              onClick={() => void navigate(paths.contact(contact.id))}
            >
              <span role="cell" className="clip cell-name">
                <Link to={paths.contact(contact.id)} onClick={(event) => event.stopPropagation()}>
                  {personName(contact)}
                </Link>
                {contact.suppressed.length > 0 ? (
                  <span title={`Not written to: ${contact.suppressed.join(", ")}`} className="cell-shield">
                    <Icon name="shield" />
                    <span className="sr-only">suppressed</span>
                  </span>
                ) : null}
              </span>
              <span role="cell" className="clip cell-email">
                {contact.email}
              </span>
              <span role="cell" className="clip cell-phone">
                {contact.phone}
              </span>
              <span role="cell" className="clip cell-company">
                {contact.company}
                {contact.title ? <span className="muted"> {contact.title}</span> : null}
              </span>
              <span role="cell" className="cell-status">
                <ContactBadge status={contact.status} />
              </span>
              <span role="cell" className="num muted cell-age">
                <TimeAgo at={contact.updated_at} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function SortHead({
  column,
  label,
  sort,
  onSort,
  right,
}: {
  column: SortColumn;
  label: string;
  sort: string;
  onSort: (sort: string) => void;
  right?: boolean;
}) {
  const state = sort === column ? "ascending" : sort === `-${column}` ? "descending" : "none";
  return (
    <span role="columnheader" aria-sort={state} className={right ? "head-right" : undefined}>
      <button type="button" onClick={() => onSort(nextSort(sort, column))}>
        {label}
        {state === "none" ? null : <Icon name={state === "ascending" ? "up" : "down"} />}
      </button>
    </span>
  );
}
