import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { messageOf } from "~/api/errors.ts";
import { contactsQuery, contactTotalQuery } from "~/api/queries.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import { AddContactDialog } from "~/components/add-contact-dialog.tsx";
import { useBulk } from "~/components/bulk-toast.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { kindOf, TAB_OF, useSet } from "~/components/sets.ts";
import { useOrdered } from "~/components/use-ordered.ts";
import { ViewLine, ViewMenu, type ViewPlace } from "~/components/views/view-menu.tsx";
import { atLeast } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useAddressText } from "~/lib/use-address-text.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePasted } from "~/lib/use-pasted.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { AssignDialog } from "./assign-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { ColumnMenu } from "./column-menu.tsx";
import { allColumns, chosenIds } from "./columns.tsx";
import { ContactTable } from "./contact-table.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { Filters } from "./filters.tsx";
import { PasteDialog } from "./paste-dialog.tsx";
import { NOTHING, type Selection, sizeOf, whoOf, within } from "./selection.ts";
import { SetDialog } from "./set-dialog.tsx";
import { StatusDialog } from "./status-dialog.tsx";
import type { SetAction } from "./use-sets.ts";
import { useTotal } from "./use-total.ts";
import {
  type ContactsView,
  filterKey,
  isFiltered,
  NEWEST,
  queryOf,
  readView,
  savedPart,
  sortable,
  unfiltered,
  writeView,
} from "./view.ts";
import "./contacts.css";

export function ContactsPage() {
  const [params, setParams] = useSearchParams();
  const me = useMe().member;
  const members = useMembers();
  const owners = useOwnersShown();
  const inAddress = readView(params);
  const view = me.sees_all ? inAddress : { ...inAddress, owner: "" };
  const set = useSet(view.set_id);
  const kind = view.set_id === "" ? null : kindOf(view.set_id);
  const [adding, setAdding] = useState(false);
  const navigate = useNavigate();
  const change = (part: Partial<ContactsView>) =>
    setParams(writeView({ ...view, ...part }), { replace: true });
  const { list, rows, sorting, more } = useOrdered({
    ask: (sort) => contactsQuery(queryOf({ ...view, sort }, me.id)),
    wish: view.sort,
    always: NEWEST,
    sortable,
    onSort: (sort) => change({ sort }),
  });
  const found = useTotal(list, rows, queryOf({ ...view, sort: "" }, me.id));
  const isCapped = found?.total_is_capped === true;
  const [text, setText] = useAddressText(view.search, (search) => change({ search }));
  const fields = useQuery(customFieldsQuery).data ?? [];
  const columns = allColumns(fields, owners);
  const chosen = chosenIds(view.cols);
  const place: ViewPlace = {
    page: "contacts",
    current: view.view,
    query: writeView({ ...view, view: "" }).toString(),
    normal: savedPart,
    onGo: (query, id) => setParams(writeView({ ...readView(new URLSearchParams(query)), view: id })),
  };
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
  const assigns = owners && mayManage(me.role);
  const [ticked, setTicked] = useState<Selection>(NOTHING);
  const [acting, setActing] = useState<SetAction | "assign" | "delete" | "status" | null>(null);
  const filters = filterKey(view);
  // What was ticked in another list is ticked no more.
  useEffect(() => setTicked(NOTHING), [filters]);
  const selection = within(ticked, rows);
  // All that match are counted only once somebody means all of them.
  const exact = useQuery({
    ...contactTotalQuery(queryOf(view, me.id)),
    enabled: isCapped && selection === "all",
  });
  const total = isCapped ? exact.data : found?.total;
  const selected = sizeOf(selection, total ?? found?.total ?? 0);
  const shown = columns.filter(({ id }) => chosen.includes(id));
  // What is pasted on the page, and not into a field, goes on the rows that are ticked.
  const [pasting, setPasting] = useState<string | null>(null);
  usePasted((text) => {
    if (selection !== "all" && selected > 0 && acting === null) setPasting(text);
  });
  const done = () => {
    setActing(null);
    setPasting(null);
    setTicked(NOTHING);
  };
  const off = useBulk(done);
  const who = whoOf(selection, view, me.id);
  const leave = () =>
    off.mutate(
      { who, action: { kind: "remove_from_list", list_id: view.set_id } },
      { onError: (error) => toast(messageOf(error)) },
    );
  return (
    <Page
      title={kind === null ? "Contacts" : (set?.name ?? (set === null ? `This ${kind} is gone` : "Contacts"))}
      badges={
        <>
          {found ? <Badge>{atLeast(found)}</Badge> : null}
          {set && "is_ready" in set && !set.is_ready ? <Badge tone="info">Computing…</Badge> : null}
        </>
      }
      tabs={<ContactTabs current={kind === null ? "contacts" : TAB_OF[kind]} />}
      actions={
        <>
          {kind === "segment" && set ? (
            <Link className={buttonClass()} to={paths.segment(set.id)}>
              <Icon name="pencil" />
              <span className="hide-phone">Change the rule</span>
              <span className="only-phone">Rule</span>
            </Link>
          ) : null}
          {set ? (
            <Link className={buttonClass()} to={paths.newCampaignFor(set.id)}>
              <Icon name="campaigns" />
              <span className="hide-phone">Start a campaign</span>
              <span className="only-phone">Campaign</span>
            </Link>
          ) : (
            <Link className={buttonClass()} to={paths.imports}>
              <Icon name="upload" />
              Import
            </Link>
          )}
          <Button look="primary" icon="plus" keys="c" onClick={() => setAdding(true)}>
            <span className="hide-phone">New contact</span>
            <span className="only-phone">New</span>
          </Button>
        </>
      }
      flush
    >
      <div className="contacts">
        <Filters
          view={view}
          text={text}
          owners={owners}
          sorting={sorting}
          views={<ViewMenu place={place} />}
          onText={setText}
          onChange={change}
        >
          <ColumnMenu all={columns} cols={view.cols} onChange={(cols) => change({ cols })} />
          {found && found.total > 0 ? <ExportMenu view={view} me={me.id} found={found} /> : null}
        </Filters>
        <ViewLine place={place} />
        {selected > 0 ? (
          <BulkBar
            selection={selection}
            view={view}
            loaded={rows.length}
            found={found ?? { total: rows.length, total_is_capped: list.hasNextPage }}
            total={total}
            onSelect={setTicked}
            onAssign={assigns ? () => setActing("assign") : null}
            onStatus={() => setActing("status")}
            onSet={setActing}
            onPaste={selection === "all" ? null : () => setPasting("")}
            onLeave={view.set_id.startsWith("lst_") && set ? leave : null}
            onDelete={() => setActing("delete")}
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
                  change(unfiltered(view));
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
                  A CSV, Excel or vCard file from anywhere works; you see what each column becomes before
                  anything is stored.
                  {me.sees_all ? null : (
                    <> You see only your own contacts here; a manager or an admin can hand you some.</>
                  )}
                </>
              }
            >
              <Link className={buttonClass("primary")} to={paths.imports}>
                Import a file
              </Link>
              <Button onClick={() => setAdding(true)}>Add one by hand</Button>
            </Empty>
          )
        ) : null}
        {rows.length > 0 ? (
          <ContactTable
            rows={rows}
            owners={owners ? members : null}
            columns={shown}
            areUsual={view.cols === ""}
            sorting={sorting}
            picking={{ selection, onSelect: setTicked }}
            rowCount={found && !isCapped ? found.total + 1 : -1}
            onEnd={more}
          />
        ) : null}
      </div>
      {acting === "assign" ? (
        <AssignDialog who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : acting === "delete" ? (
        <DeleteDialog who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : acting === "status" ? (
        <StatusDialog who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : acting ? (
        <SetDialog action={acting} who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : null}
      {pasting !== null && selection !== "all" ? (
        <PasteDialog
          contacts={rows.filter(({ id }) => selection.has(id))}
          columns={shown}
          pasted={pasting}
          onClose={() => setPasting(null)}
          onDone={done}
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
