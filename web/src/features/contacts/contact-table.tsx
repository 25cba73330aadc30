import { Link, useNavigate } from "react-router";
import type { Contact } from "~/api/types/contacts.ts";
import type { Teammate } from "~/api/types/team.ts";
import { Head, useGrid } from "~/components/grid-table.tsx";
import type { Sorting } from "~/components/sorting.ts";
import { personName } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import type { Column } from "./columns.tsx";
import { has, type Selection, toggled, toggledRows } from "./selection.ts";

/** Only the rows in sight exist in the page, however many contacts there are. */
export function ContactTable({
  rows,
  owners,
  columns,
  areUsual,
  sorting,
  picking,
  rowCount,
  onEnd,
}: {
  rows: readonly Contact[];
  /** Everybody who may own a contact, where that is worth a column. */
  owners: readonly Teammate[] | null;
  /** Beside the name. */
  columns: readonly Column[];
  /** Nobody chose them: a small screen leaves out what it has no room for. Those that are chosen are all there. */
  areUsual: boolean;
  sorting: Sorting;
  /** What is ticked, for those who may do something with it. */
  picking: { selection: Selection; onSelect: (selection: Selection) => void } | null;
  /** How many there are; -1 where that is not known. */
  rowCount: number;
  onEnd: () => void;
}) {
  const navigate = useNavigate();
  const { scroller, active, items, height, rowOf } = useGrid({
    id: "contacts",
    group: "Contacts",
    length: rows.length,
    onEnd,
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
  const look = ["grid-table", picking && "grid-pick", owners && "grid-owned", !areUsual && "grid-chosen"];
  return (
    <div
      className={look.filter(Boolean).join(" ")}
      style={areUsual ? undefined : chosenGrid(columns, picking !== null)}
      role="table"
      aria-label="Contacts"
      aria-rowcount={rowCount}
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
        <Head column="name" sorting={sorting}>
          Name
        </Head>
        {columns.map(({ id, label, headClass }) => (
          <Head key={id} column={id} sorting={sorting} className={headClass}>
            {label}
          </Head>
        ))}
      </div>
      <div role="rowgroup" style={{ height, position: "relative" }}>
        {items.map((item) => {
          const contact = rows[item.index];
          if (!contact) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the name in the row is a link; the row is a larger target
            // biome-ignore lint/a11y/noStaticElementInteractions: its role is among what it is given
            <div key={contact.id} {...rowOf(item)} onClick={() => void navigate(paths.contact(contact.id))}>
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
              {columns.map(({ id, className, cell }) => (
                <span key={id} role="cell" className={className}>
                  {cell(contact, names)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

const NAME = { least: 160, grow: "1.3fr" };
const GAP = 16;

/** The columns of the grid, and how wide it is at least: what does not fit on the screen is scrolled to. */
function chosenGrid(columns: readonly Column[], picks: boolean): Record<string, string> {
  const all = [NAME, ...columns];
  const widths = all.map(({ least, grow }) => (grow.endsWith("px") ? grow : `minmax(${least}px, ${grow})`));
  const least = all.reduce((sum, column) => sum + column.least + GAP, picks ? 20 + GAP : 0);
  return { "--columns": [...(picks ? ["20px"] : []), ...widths].join(" "), "--least": `${least + 32}px` };
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
