import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { companiesQuery } from "~/api/company-queries.ts";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { OwnerOptions, useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { count } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { CompanyTable } from "./company-table.tsx";
import { NewCompanyDialog } from "./new-company-dialog.tsx";
import "./companies.css";

/** Every company that the reader's contacts are with, and those that are theirs, by name. */
export function CompaniesPage() {
  const [params, setParams] = useSearchParams();
  const me = useMe().member;
  const members = useMembers();
  const owners = useOwnersShown();
  const search = params.get("q") ?? "";
  const owner = owners ? (params.get("owner") ?? "") : "";
  const [text, setText] = useState(search);
  const settled = useDebounced(text, 200);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const list = useInfiniteQuery(companiesQuery({ search, owner_id: owner }));
  const change = (part: { q?: string; owner?: string }) => {
    const next = Object.entries({ q: search, owner, ...part }).filter(([, value]) => value !== "");
    setParams(next, { replace: true });
  };
  // The address is the state; the field runs ahead of it while somebody types.
  useEffect(() => {
    if (settled !== search) change({ q: settled });
  }, [settled]);
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
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const total = list.data?.pages[0]?.total;
  const isFiltered = search !== "" || owner !== "";
  return (
    <Page
      title="Companies"
      badges={total === undefined ? null : <Badge>{count(total)}</Badge>}
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
          </div>
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
                  setParams(new URLSearchParams(), { replace: true });
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
            total={total ?? rows.length}
            onEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
            }}
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
