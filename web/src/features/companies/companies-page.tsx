import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { companiesQuery } from "~/api/company-queries.ts";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { SortSelect } from "~/components/grid-table.tsx";
import { useMe } from "~/components/me.ts";
import { OwnerOptions, useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { useOrdered } from "~/components/use-ordered.ts";
import { ViewLine, ViewMenu, type ViewPlace } from "~/components/views/view-menu.tsx";
import { atLeast } from "~/lib/format.ts";
import { useAddressText } from "~/lib/use-address-text.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { CompanyTable } from "./company-table.tsx";
import { NewCompanyDialog } from "./new-company-dialog.tsx";
import { BY_NAME, type CompaniesView, ORDERS, readView, savedPart, sortable, writeView } from "./view.ts";
import "./companies.css";

/** Every company that the reader's contacts are with, and those that are theirs, by name. */
export function CompaniesPage() {
  const [params, setParams] = useSearchParams();
  const me = useMe().member;
  const members = useMembers();
  const owners = useOwnersShown();
  const inAddress = readView(params);
  const view = owners ? inAddress : { ...inAddress, owner: "" };
  const { search, owner } = view;
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const filter = { search, owner_id: owner };
  const change = (part: Partial<CompaniesView>) =>
    setParams(writeView({ ...view, ...part }), { replace: true });
  const { list, rows, found, rowCount, sorting, refused, more } = useOrdered({
    ask: (sort) => companiesQuery({ ...filter, sort }),
    wish: view.sort,
    always: BY_NAME,
    sortable,
    onSort: (sort) => change({ sort }),
  });
  const [text, setText] = useAddressText(search, (next) => change({ search: next }));
  const place: ViewPlace = {
    page: "companies",
    current: view.view,
    query: writeView({ ...view, view: "" }).toString(),
    normal: savedPart,
    onGo: (query, id) => setParams(writeView({ ...readView(new URLSearchParams(query)), view: id })),
  };
  useCommands([
    {
      id: "companies.search",
      label: "Search companies",
      group: "Companies",
      keys: "/",
      icon: "search",
      run: () => document.getElementById("company-search")?.focus(),
    },
    {
      id: "companies.new",
      label: "New company",
      group: "Companies",
      keys: "c",
      icon: "plus",
      run: () => setAdding(true),
    },
  ]);
  const isFiltered = search !== "" || owner !== "";
  return (
    <Page
      title="Companies"
      badges={found ? <Badge>{atLeast(found)}</Badge> : null}
      tabs={<ContactTabs current="companies" />}
      actions={
        <Button look="primary" icon="plus" keys="c" onClick={() => setAdding(true)}>
          <span className="hide-phone">New company</span>
          <span className="only-phone">New</span>
        </Button>
      }
      flush
    >
      <div className="companies">
        {isFiltered || rows.length > 0 ? (
          <div className="filters">
            <ViewMenu place={place} />
            <SearchField
              id="company-search"
              label="Search name or domain"
              value={text}
              onChange={setText}
              keys="/"
            />
            {owners ? (
              <select
                className="input"
                aria-label="Owner"
                value={owner}
                onChange={(event) => change({ owner: event.target.value })}
              >
                <option value="">Anybody’s</option>
                <OwnerOptions now={owner} />
              </select>
            ) : null}
            <SortSelect sorting={sorting} options={ORDERS} />
          </div>
        ) : null}
        <ViewLine place={place} />
        {refused ? (
          <p className="view-line small" role="status">
            Shown by name. {refused}
          </p>
        ) : null}
        {list.error ? (
          <div className="page-body">
            <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />
          </div>
        ) : null}
        {list.isPending ? <Skeleton lines={12} height={20} gap={20} /> : null}
        {list.data && rows.length === 0 ? (
          isFiltered ? (
            <Empty title="No company matches." text="Try fewer words, or a part of the web domain.">
              <Button
                onClick={() => {
                  setText("");
                  change({ search: "", owner: "", view: "" });
                }}
              >
                Clear the filters
              </Button>
            </Empty>
          ) : (
            <Empty
              title="No company yet."
              text={
                <>
                  A company is here as soon as a contact names it. Import your contacts with their companies,
                  or write down the first account yourself.
                  {me.sees_all ? null : <> You see the companies of your own contacts, and your own.</>}
                </>
              }
            >
              <Link className={buttonClass("primary")} to={paths.imports}>
                Import a CSV file
              </Link>
              <Button onClick={() => setAdding(true)}>Add one by hand</Button>
            </Empty>
          )
        ) : null}
        {rows.length > 0 ? (
          <CompanyTable
            rows={rows}
            owners={owners ? members : null}
            sorting={sorting}
            rowCount={rowCount}
            onEnd={more}
          />
        ) : null}
      </div>
      {adding ? (
        <NewCompanyDialog
          onClose={() => setAdding(false)}
          onAdded={(company) => void navigate(paths.company(company.id))}
        />
      ) : null}
    </Page>
  );
}
