import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";
import { pressed, type Sorting, wayOf } from "./sorting.ts";
import "./grid-table.css";

const ROW = 40;
const ROW_TOUCH = 64;

/** A long list of which only the rows in sight exist in the page; J and K move in it, Enter opens. */
export function useGrid({
  id,
  group,
  length,
  open,
  onEnd,
}: {
  id: string;
  group: string;
  length: number;
  open: (index: number) => void;
  /** The reader comes near the end of what is loaded. */
  onEnd: () => void;
}) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const narrow = matchMedia("(max-width: 759.98px)").matches;
  const virtual = useVirtualizer({
    count: length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? ROW_TOUCH : ROW),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= length - 20) onEnd();
  }, [last, length, onEnd]);
  useListKeys({
    id,
    group,
    length,
    active,
    move: (index) => {
      setActive(index);
      virtual.scrollToIndex(index);
    },
    open,
  });
  /** What a row needs to stand in its place. */
  const rowOf = (item: (typeof items)[number]) => ({
    className: item.index === active ? "grid-row grid-body grid-active" : "grid-row grid-body",
    role: "row",
    tabIndex: -1,
    "aria-rowindex": item.index + 2,
    style: { transform: `translateY(${item.start}px)`, height: item.size },
  });
  return { scroller, active, narrow, items, height: virtual.getTotalSize(), rowOf };
}

/** The head of a column; where the list can be ordered by it, a button. */
export function Head({
  column,
  sorting,
  className,
  children,
}: {
  /** The order by it, as the server calls it, rising. */
  column?: string;
  sorting?: Sorting;
  className?: string;
  children: ReactNode;
}) {
  const sort = column === undefined ? undefined : sorting?.of(column);
  if (!sort || !sorting || column === undefined)
    return (
      <span role="columnheader" className={className}>
        {children}
      </span>
    );
  const way = wayOf(sorting.sort, column);
  const locked = way === undefined ? sort.locked : undefined;
  return (
    <span role="columnheader" aria-sort={way} className={className}>
      <button
        type="button"
        className="head-sort"
        aria-disabled={locked !== undefined || undefined}
        title={locked ?? "Sort"}
        onClick={() =>
          locked === undefined ? sorting.onSort(pressed(sorting.sort, column, sort.first)) : toast(locked)
        }
      >
        {children}
        {way ? <Icon name={way === "ascending" ? "up" : "down"} /> : null}
      </button>
    </span>
  );
}

/** The same where there is no room for heads of columns. */
export function SortSelect({
  sorting,
  options,
}: {
  sorting: Sorting;
  options: readonly { sort: string; label: string }[];
}) {
  return (
    <select
      className="input only-phone"
      aria-label="Order"
      value={sorting.sort}
      onChange={(event) => sorting.onSort(event.target.value)}
    >
      {options.map(({ sort, label }) => (
        <option
          key={sort}
          value={sort}
          disabled={sort !== sorting.sort && sorting.of(sort.replace(/^-/, ""))?.locked !== undefined}
        >
          {label}
        </option>
      ))}
    </select>
  );
}
