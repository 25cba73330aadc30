import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { contactsQuery } from "~/api/queries.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { count } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { AddContactDialog } from "./add-contact-dialog.tsx";
import { AssignDialog } from "./assign-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { ContactTable } from "./contact-table.tsx";
import { OwnerFilter } from "./owner-filter.tsx";
import { NOTHING, type Selection, sizeOf, whoOf, within } from "./selection.ts";
import { type ContactsView, isFiltered, queryOf, readView, writeView } from "./view.ts";
import "./contacts.css";

export function ContactsPage() {
  const [params, setParams] = useSearchParams();
  const me = useMe().member;
  const members = useMembers();
  const owners = useOwnersShown();
  const asked = readView(params);
  const view = me.sees_all ? asked : { ...asked, owner: "" };
  const [text, setText] = useState(view.search);
  const settled = useDebounced(text, 200);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const list = useInfiniteQuery(contactsQuery(queryOf(view, me.id)));
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
  const picking = owners && mayManage(me.role);
  const [ticked, setTicked] = useState<Selection>(NOTHING);
  const [assigning, setAssigning] = useState(false);
  const filters = JSON.stringify(view);
  // What was ticked in another list is ticked no more.
  useEffect(() => setTicked(NOTHING), [filters]);
  const selection = within(ticked, rows);
  const selected = sizeOf(selection, total ?? 0);
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
          {owners || view.owner !== "" ? (
            <OwnerFilter value={view.owner} onChange={(owner) => change({ owner })} />
          ) : null}
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
        {picking && selected > 0 ? (
          <BulkBar
            selection={selection}
            view={view}
            loaded={rows.length}
            total={total ?? rows.length}
            onSelect={setTicked}
            onAssign={() => setAssigning(true)}
          />
        ) : null}
        {list.error ? (
          <div className="page-body">
            <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />
          </div>
        ) : null}
        {list.isPending ? <Skeleton lines={12} height={20} gap={20} /> : null}
        {list.data && rows.length === 0 ? (
          isFiltered(view) ? (
            <Empty
              title="No contacts match."
              text={
                me.sees_all
                  ? "Try fewer words, or another status."
                  : "Try fewer words, or another status. Only your own contacts are searched."
              }
            >
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
              text={
                <>
                  A CSV file from anywhere works; you see what each column becomes before anything is stored.
                  {me.sees_all ? null : (
                    <> You see only your own contacts here; a manager or an admin can hand you some.</>
                  )}
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
          <ContactTable
            rows={rows}
            owners={owners ? members : null}
            picking={picking ? { selection, onSelect: setTicked } : null}
            total={total ?? rows.length}
            onEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
            }}
          />
        ) : null}
      </div>
      {assigning && picking ? (
        <AssignDialog
          who={whoOf(selection, view, me.id)}
          count={selected}
          onClose={() => setAssigning(false)}
          onDone={() => {
            setAssigning(false);
            setTicked(NOTHING);
          }}
        />
      ) : null}
      {adding ? (
        <AddContactDialog
          onClose={() => setAdding(false)}
          onAdded={(contact) => void navigate(paths.contact(contact.id))}
        />
      ) : null}
    </Page>
  );
}
