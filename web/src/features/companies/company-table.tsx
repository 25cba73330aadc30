import { Link, useNavigate } from "react-router";
import type { Company } from "~/api/types/companies.ts";
import type { Teammate } from "~/api/types/team.ts";
import { Head, useGrid } from "~/components/grid-table.tsx";
import type { Sorting } from "~/components/sorting.ts";
import { TimeAgo } from "~/components/time-ago.tsx";
import { count, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { sizeWords } from "./words.ts";

/** What the one line of a phone has room for. */
const aboutOf = ({ industry, domain, city }: Company) =>
  [industry, city].filter(Boolean).join(" · ") || domain || "Nothing is known yet";

/** Only the rows in sight exist in the page, however many companies there are. */
export function CompanyTable({
  rows,
  owners,
  sorting,
  rowCount,
  onEnd,
}: {
  rows: readonly Company[];
  /** Everybody who may own a company, where that is worth a column. */
  owners: readonly Teammate[] | null;
  sorting: Sorting;
  /** How many there are; -1 where that is not known. */
  rowCount: number;
  onEnd: () => void;
}) {
  const navigate = useNavigate();
  const { scroller, narrow, items, height, rowOf } = useGrid({
    id: "companies",
    group: "Companies",
    length: rows.length,
    onEnd,
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
      aria-rowcount={rowCount}
      ref={scroller}
    >
      <div className="grid-row grid-head" role="row">
        <Head column="name" sorting={sorting}>
          Name
        </Head>
        <Head className="cell-domain">Domain</Head>
        <Head>Industry</Head>
        <Head className="cell-size">Size</Head>
        <Head className="cell-place">Place</Head>
        {owners ? <Head className="cell-owner">Owner</Head> : null}
        <Head column="people" sorting={sorting} className="head-right">
          People
        </Head>
        <Head column="created_at" sorting={sorting} className="head-right cell-added">
          Added
        </Head>
      </div>
      <div role="rowgroup" style={{ height, position: "relative" }}>
        {items.map((item) => {
          const company = rows[item.index];
          if (!company) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the name in the row is a link; the row is a larger target
            // biome-ignore lint/a11y/noStaticElementInteractions: its role is among what it is given
            <div key={company.id} {...rowOf(item)} onClick={() => void navigate(paths.company(company.id))}>
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
              <span role="cell" className="num muted cell-added">
                <TimeAgo at={company.created_at} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
