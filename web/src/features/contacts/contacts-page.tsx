import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { contactsQuery } from "~/api/queries.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { count } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { AddContactDialog } from "./add-contact-dialog.tsx";
import { ContactTable } from "./contact-table.tsx";
import { type ContactsView, isFiltered, readView, writeView } from "./view.ts";
import "./contacts.css";

export function ContactsPage() {
  const [params, setParams] = useSearchParams();
  const view = readView(params);
  const [text, setText] = useState(view.search);
  const settled = useDebounced(text, 200);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const list = useInfiniteQuery(contactsQuery(view));
  const change = (part: Partial<ContactsView>) =>
    setParams(writeView({ ...view, ...part }), { replace: true });
  // The address is the state; the field runs ahead of it while somebody types.
  useEffect(() => {
    if (settled !== view.search) change({ search: settled });
  }, [settled]);
  useCommands([
    {
      id: "contacts.search",
      label: "Search contacts",
      group: "Contacts",
      keys: "/",
      icon: "search",
      run: () => document.getElementById("contact-search")?.focus(),
    },
    {
      id: "contacts.new",
      label: "New contact",
      group: "Contacts",
      keys: "c",
      icon: "plus",
      run: () => setAdding(true),
    },
  ]);
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const total = list.data?.pages[0]?.total;
  return (
    <Page
      title="Contacts"
      badges={total === undefined ? null : <Badge>{count(total)}</Badge>}
      actions={
        <>
          <Link className={buttonClass()} to={paths.imports}>
            <Icon name="upload" />
            Import
          </Link>
          <Button look="primary" icon="plus" keys="c" onClick={() => setAdding(true)}>
            <span className="hide-phone">New contact</span>
            <span className="only-phone">New</span>
          </Button>
        </>
      }
      flush
    >
      <div className="contacts">
        <div className="filters">
          <SearchField
            id="contact-search"
            label="Search name, company, e-mail, phone"
            value={text}
            onChange={setText}
            keys="/"
          />
          <select
            className="input"
            aria-label="Status"
            value={view.status}
            onChange={(event) => change({ status: event.target.value })}
          >
            <option value="">Any status</option>
            {CONTACT_STATUSES.map((status) => (
              <option key={status}>{status}</option>
            ))}
          </select>
          {view.import_id !== "" ? (
            <Button small icon="cross" onClick={() => change({ import_id: "" })}>
              From one import
            </Button>
          ) : null}
          {view.campaign_id !== "" ? (
            <Button small icon="cross" onClick={() => change({ campaign_id: "" })}>
              In one campaign
            </Button>
          ) : null}
        </div>
        {list.error ? (
          <div className="page-body">
            <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />
          </div>
        ) : null}
        {list.isPending ? <Skeleton lines={12} height={20} gap={20} /> : null}
        {list.data && rows.length === 0 ? (
          isFiltered(view) ? (
            <Empty title="No contacts match." text="Try fewer words, or another status.">
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
              title="Bring your first contacts in."
              text="A CSV file from anywhere works; you see what each column becomes before anything is stored."
            >
              <Link className={buttonClass("primary")} to={paths.imports}>
                Import a CSV file
              </Link>
              <Button onClick={() => setAdding(true)}>Add one by hand</Button>
            </Empty>
          )
        ) : null}
        {rows.length > 0 ? (
          <ContactTable
            rows={rows}
            sort={view.sort}
            onSort={(sort) => change({ sort })}
            onEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
            }}
          />
        ) : null}
      </div>
      {adding ? (
        <AddContactDialog
          onClose={() => setAdding(false)}
          onAdded={(contact) => void navigate(paths.contact(contact.id))}
        />
      ) : null}
    </Page>
  );
}
