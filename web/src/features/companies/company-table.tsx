import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Company } from "~/api/types/companies.ts";
import type { Teammate } from "~/api/types/team.ts";
import { count, plural } from "~/lib/format.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { sizeWords } from "./words.ts";
import "~/components/grid-table.css";

const ROW = 40;
const ROW_TOUCH = 64;

/** What the one line of a phone has room for. */
const aboutOf = ({ industry, domain, city }: Company) =>
  [industry, city].filter(Boolean).join(" · ") || domain || "Nothing is known yet";

/** Only the rows in sight exist in the page, however many companies there are. */
export function CompanyTable({
  rows,
  owners,
  total,
  onEnd,
}: {
  rows: readonly Company[];
  /** Everybody who may own a company, where that is worth a column. */
  owners: readonly Teammate[] | null;
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
    id: "companies",
    group: "Companies",
    length: rows.length,
    active,
    move: (index) => {
      setActive(index);
      virtual.scrollToIndex(index);
    },
    open: (index) => {
      const company = rows[index];
      if (company) void navigate(paths.company(company.id));
    },
  });
  const names = new Map(owners?.map(({ id, name }) => [id, name]));
  return (
    <div
      className={owners ? "grid-table companies-owned" : "grid-table"}
      role="table"
      aria-label="Companies"
      aria-rowcount={total + 1}
      ref={scroller}
    >
      <div className="grid-row grid-head" role="row">
        <span role="columnheader" aria-sort="ascending">
          Name
        </span>
        <span role="columnheader" className="cell-domain">
          Domain
        </span>
        <span role="columnheader">Industry</span>
        <span role="columnheader" className="cell-size">
          Size
        </span>
        <span role="columnheader" className="cell-place">
          Place
        </span>
        {owners ? (
          <span role="columnheader" className="cell-owner">
            Owner
          </span>
        ) : null}
        <span role="columnheader" className="head-right">
          People
        </span>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {items.map((item) => {
          const company = rows[item.index];
          if (!company) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the name in the row is a link; the row is a larger target
            <div
              key={company.id}
              className={item.index === active ? "grid-row grid-body grid-active" : "grid-row grid-body"}
              role="row"
              tabIndex={-1}
              aria-rowindex={item.index + 2}
              style={{ transform: `translateY(${item.start}px)`, height: item.size }}
              onClick={() => void navigate(paths.company(company.id))}
            >
              <span role="cell" className="clip cell-name">
                <Link to={paths.company(company.id)} onClick={(event) => event.stopPropagation()}>
                  {company.name}
                </Link>
              </span>
              <span role="cell" className="clip soft cell-domain">
                {company.domain}
              </span>
              <span role="cell" className="clip cell-industry">
                {narrow ? aboutOf(company) : company.industry}
              </span>
              <span role="cell" className="clip cell-size">
                {sizeWords(company.employee_count)}
              </span>
              <span role="cell" className="clip cell-place">
                {[company.city, company.country].filter(Boolean).join(", ")}
              </span>
              {owners ? (
                <span role="cell" className="clip cell-owner">
                  {company.owner_id ? names.get(company.owner_id) : null}
                </span>
              ) : null}
              <span role="cell" className="cell-people" title={plural(company.contacts, "contact")}>
                {count(company.contacts)}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
