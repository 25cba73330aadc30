import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { messageOf } from "~/api/errors.ts";
import { contactsQuery } from "~/api/queries.ts";
import { AddContactDialog } from "~/components/add-contact-dialog.tsx";
import { useBulk } from "~/components/bulk-toast.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { kindOf, TAB_OF, useSet } from "~/components/sets.ts";
import { count } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { AssignDialog } from "./assign-dialog.tsx";
import { BulkBar } from "./bulk-bar.tsx";
import { ContactTable } from "./contact-table.tsx";
import { ExportMenu } from "./export-menu.tsx";
import { Filters } from "./filters.tsx";
import { NOTHING, type Selection, sizeOf, whoOf, within } from "./selection.ts";
import { SetDialog } from "./set-dialog.tsx";
import { StatusDialog } from "./status-dialog.tsx";
import type { SetAction } from "./use-sets.ts";
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
  const set = useSet(view.set_id);
  const kind = view.set_id === "" ? null : kindOf(view.set_id);
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
  const assigns = owners && mayManage(me.role);
  const [ticked, setTicked] = useState<Selection>(NOTHING);
  const [acting, setActing] = useState<SetAction | "assign" | "status" | null>(null);
  const filters = JSON.stringify(view);
  // What was ticked in another list is ticked no more.
  useEffect(() => setTicked(NOTHING), [filters]);
  const selection = within(ticked, rows);
  const selected = sizeOf(selection, total ?? 0);
  const done = () => {
    setActing(null);
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
          {total === undefined ? null : <Badge>{count(total)}</Badge>}
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
        <Filters view={view} text={text} owners={owners} onText={setText} onChange={change}>
          {total ? <ExportMenu view={view} me={me.id} total={total} /> : null}
        </Filters>
        {selected > 0 ? (
          <BulkBar
            selection={selection}
            view={view}
            loaded={rows.length}
            total={total ?? rows.length}
            onSelect={setTicked}
            onAssign={assigns ? () => setActing("assign") : null}
            onStatus={() => setActing("status")}
            onSet={setActing}
            onLeave={view.set_id.startsWith("lst_") && set ? leave : null}
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
            picking={{ selection, onSelect: setTicked }}
            total={total ?? rows.length}
            onEnd={() => {
              if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
            }}
          />
        ) : null}
      </div>
      {acting === "assign" ? (
        <AssignDialog who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : acting === "status" ? (
        <StatusDialog who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
      ) : acting ? (
        <SetDialog action={acting} who={who} count={selected} onClose={() => setActing(null)} onDone={done} />
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
