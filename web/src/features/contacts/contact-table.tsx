import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Contact } from "~/api/types/contacts.ts";
import type { Teammate } from "~/api/types/team.ts";
import { ContactBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { personName } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { Chip } from "~/ui/chip.tsx";
import { Icon } from "~/ui/icon.tsx";
import { has, type Selection, toggled, toggledRows } from "./selection.ts";
import { orderedBy } from "./view.ts";
import "~/components/grid-table.css";

const ROW = 40;
const ROW_TOUCH = 64;

/** Only the rows in sight exist in the page, however many contacts there are. */
export function ContactTable({
  rows,
  owners,
  picking,
  total,
  onEnd,
}: {
  rows: readonly Contact[];
  /** Everybody who may own a contact, where that is worth a column. */
  owners: readonly Teammate[] | null;
  /** What is ticked, for those who may do something with it. */
  picking: { selection: Selection; onSelect: (selection: Selection) => void } | null;
  total: number;
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
  const all = () => {
    if (!picking) return;
    const { selection, onSelect } = picking;
    onSelect(toggledRows(selection, rows));
  };
  const pick = (id: string) => picking?.onSelect(toggled(picking.selection, id, rows));
  useCommands(
    picking
      ? [
          {
            id: "contacts.x",
            label: "Select",
            group: "Contacts",
            keys: "x",
            hidden: true,
            run: () => {
              const contact = rows[active];
              if (contact) pick(contact.id);
            },
          },
          {
            id: "contacts.all",
            label: "Select all in the list",
            group: "Contacts",
            keys: "mod+a",
            hidden: true,
            run: all,
          },
        ]
      : [],
  );
  const names = new Map(owners?.map(({ id, name }) => [id, name]));
  const columns = [picking ? "grid-pick" : "", owners ? "grid-owned" : ""].join(" ");
  return (
    <div
      className={`grid-table ${columns}`}
      role="table"
      aria-label="Contacts"
      aria-rowcount={total + 1}
      ref={scroller}
    >
      <div className="grid-row grid-head" role="row">
        {picking ? (
          <span role="columnheader" className="cell-pick">
            <Tick
              label="Select all in the list"
              on={rows.every(({ id }) => has(picking.selection, id))}
              some={rows.some(({ id }) => has(picking.selection, id))}
              onTurn={all}
            />
          </span>
        ) : null}
        <Head column="name">Name</Head>
        <Head column="email">E-mail</Head>
        <Head column="phone" className="cell-phone">
          Phone
        </Head>
        <Head column="company">Company</Head>
        {owners ? <Head column="owner_id">Owner</Head> : null}
        <span role="columnheader" className="cell-tags">
          Tags
        </span>
        <Head column="status">Status</Head>
        <Head column="created_at" className="head-right">
          Added
        </Head>
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
              {picking ? (
                <span role="cell" className="cell-pick">
                  <Tick
                    label={`Select ${personName(contact)}`}
                    on={has(picking.selection, contact.id)}
                    onTurn={() => pick(contact.id)}
                  />
                </span>
              ) : null}
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
              {owners ? (
                <span role="cell" className="clip cell-owner">
                  {contact.owner_id ? (
                    (names.get(contact.owner_id) ?? "")
                  ) : (
                    <span className="muted">Nobody</span>
                  )}
                </span>
              ) : null}
              <span role="cell" className="cell-tags">
                <RowTags tags={contact.tags} />
              </span>
              <span role="cell" className="cell-status">
                <ContactBadge status={contact.status} />
              </span>
              <span role="cell" className="num muted cell-age">
                <TimeAgo at={contact.created_at} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** As many tags as a row has room for; the others are counted. */
function RowTags({ tags }: { tags: Contact["tags"] }) {
  const [first] = tags;
  if (!first) return null;
  const rest = tags.slice(1);
  return (
    <>
      <Chip>{first.name}</Chip>
      {rest.length > 0 ? (
        <span className="small soft" title={rest.map(({ name }) => name).join(", ")}>
          +{rest.length}
        </span>
      ) : null}
    </>
  );
}

/** A box as large as its cell; the row under it is not opened. */
function Tick({
  label,
  on,
  some = on,
  onTurn,
}: {
  label: string;
  on: boolean;
  some?: boolean;
  onTurn: () => void;
}) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: it only keeps the click from the row; the box has the keys
    <label className="tick" onClick={(event) => event.stopPropagation()}>
      <input
        type="checkbox"
        aria-label={label}
        checked={on}
        ref={(box) => {
          if (box) box.indeterminate = some && !on;
        }}
        onChange={onTurn}
      />
    </label>
  );
}

function Head({ column, className, children }: { column: string; className?: string; children: string }) {
  const order = orderedBy(column);
  return (
    <span role="columnheader" aria-sort={order} className={className}>
      {children}
      {order ? <Icon name={order === "ascending" ? "up" : "down"} /> : null}
    </span>
  );
}
