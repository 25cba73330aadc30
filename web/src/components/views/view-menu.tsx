import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { messageOf } from "~/api/errors.ts";
import type { SavedView, ViewInput, ViewPage } from "~/api/types/views.ts";
import { viewsQuery } from "~/api/view-queries.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePop } from "~/lib/use-pop.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import type { IconName } from "~/ui/sprite.tsx";
import { toast } from "~/ui/toast.tsx";
import { NameDialog } from "../name-dialog.tsx";
import { SaveViewDialog } from "./save-view-dialog.tsx";
import { useViewChanges } from "./use-view-changes.ts";
import "./views.css";

/** What a list shows now, and how it goes elsewhere. */
export type ViewPlace = {
  page: ViewPage;
  /** Of the view that was opened; empty where none was. */
  current: string;
  /** What could be saved of the address. */
  query: string;
  /** A saved address in the words of today. */
  normal: (query: string) => string;
  onGo: (query: string, id: string) => void;
  /** How much a view holds, where that is said: asked while the menu is open. */
  amount?: (view: SavedView) => ReactNode;
};

const GROUP = { contacts: "Contacts", companies: "Companies", inbox: "Inbox" } as const;
const ALL = { contacts: "All contacts", companies: "All companies", inbox: "The whole inbox" } as const;
const said = { onError: (error: Error) => toast(messageOf(error)) };

/** The view that was opened; undefined where there is none, or no more. */
function useOpened({ page, current }: ViewPlace): SavedView | undefined {
  const { data } = useQuery(viewsQuery);
  return data?.find((view) => view.id === current && view.page === page);
}

/** The saved views of a list: one opens with a press, and what is shown becomes one. */
export function ViewMenu({ place }: { place: ViewPlace }) {
  const { page, query, onGo } = place;
  const { open, setOpen, box, onKeyDown } = usePop();
  const views = useQuery(viewsQuery).data?.filter((view) => view.page === page) ?? [];
  const opened = useOpened(place);
  const [naming, setNaming] = useState<"new" | "rename" | null>(null);
  const { create, update, remove } = useViewChanges();
  useCommands([
    {
      id: `${page}.views`,
      label: "Saved views",
      group: GROUP[page],
      keys: "v",
      icon: "eye",
      run: () => {
        setOpen(true);
        box.current?.querySelector("button")?.focus();
      },
    },
  ]);
  const go = (to: string, id: string) => {
    setOpen(false);
    onGo(to, id);
  };
  const ask = (what: "new" | "rename") => {
    setOpen(false);
    setNaming(what);
  };
  const change = (part: Partial<ViewInput>) => {
    setOpen(false);
    if (opened) update.mutate({ id: opened.id, ...part }, said);
  };
  const drop = (view: SavedView) => {
    setOpen(false);
    remove.mutate(view, {
      ...said,
      onSuccess: () => {
        onGo(query, "");
        const { name, is_shared, is_pinned } = view;
        const again = { page, name, query: view.query, is_shared, is_pinned };
        const back = () =>
          create.mutate(again, { ...said, onSuccess: ({ id }) => onGo(place.normal(view.query), id) });
        toast(`The view ${name} is deleted.`, { label: "Undo", run: back });
      },
    });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div className="views" ref={box} onKeyDown={onKeyDown}>
      <button type="button" className={buttonClass()} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="eye" />
        <span className="clip">{opened?.name ?? "Views"}</span>
        <Icon name="down" />
      </button>
      {open ? (
        <div className="views-pop">
          <Item icon="list" isHere={place.current === "" && query === ""} onPress={() => go("", "")}>
            {ALL[page]}
          </Item>
          {views.map((view) => (
            <Item
              key={view.id}
              icon={view.is_pinned ? "flag" : "eye"}
              isHere={view.id === opened?.id}
              note={
                <>
                  {view.is_shared ? "shared " : null}
                  {place.amount?.(view)}
                </>
              }
              onPress={() => go(place.normal(view.query), view.id)}
            >
              {view.name}
            </Item>
          ))}
          <hr />
          <Item icon="plus" onPress={() => ask("new")}>
            Save as a new view…
          </Item>
          {opened?.can_change ? (
            <>
              <Item icon="pencil" onPress={() => ask("rename")}>
                Rename…
              </Item>
              <Item icon="flag" onPress={() => change({ is_pinned: !opened.is_pinned })}>
                {opened.is_pinned ? "Unpin from the navigation" : "Pin to the navigation"}
              </Item>
              <Item icon="contacts" onPress={() => change({ is_shared: !opened.is_shared })}>
                {opened.is_shared ? "Stop sharing it" : "Share with the workspace"}
              </Item>
              <Item icon="trash" onPress={() => drop(opened)}>
                Delete
              </Item>
            </>
          ) : null}
        </div>
      ) : null}
      {naming === "new" ? (
        <SaveViewDialog
          page={page}
          query={query}
          onClose={() => setNaming(null)}
          onSaved={({ id, name }) => {
            setNaming(null);
            onGo(query, id);
            toast(`The view ${name} is saved.`);
          }}
        />
      ) : null}
      {naming === "rename" && opened ? (
        <NameDialog
          title="Rename the view"
          verb="Rename"
          name={opened.name}
          onClose={() => setNaming(null)}
          onSave={async (name) => {
            await update.mutateAsync({ id: opened.id, name });
            setNaming(null);
          }}
        />
      ) : null}
    </div>
  );
}

function Item({
  icon,
  isHere,
  note,
  onPress,
  children,
}: {
  icon: IconName;
  isHere?: boolean;
  note?: ReactNode;
  onPress: () => void;
  children: string;
}) {
  return (
    <button type="button" className="nav-item" aria-current={isHere ? "true" : undefined} onClick={onPress}>
      <Icon name={icon} />
      <span className="nav-label">{children}</span>
      {note ? <span className="nav-count">{note}</span> : null}
    </button>
  );
}

/** Says that the list shows something else than the view that was opened. */
export function ViewLine({ place }: { place: ViewPlace }) {
  const opened = useOpened(place);
  const [naming, setNaming] = useState(false);
  const { update } = useViewChanges();
  if (!opened) return null;
  const saved = place.normal(opened.query);
  if (saved === place.query) return null;
  return (
    <section className="view-line" aria-label="Changed view">
      <span className="grow small" role="status">
        <strong>{opened.name}</strong> is changed.
      </span>
      {opened.can_change ? (
        <Button
          small
          busy={update.isPending}
          onClick={() => update.mutate({ id: opened.id, query: place.query }, said)}
        >
          Save
        </Button>
      ) : null}
      <Button small look="quiet" onClick={() => setNaming(true)}>
        Save as…
      </Button>
      <Button small look="quiet" onClick={() => place.onGo(saved, opened.id)}>
        Reset
      </Button>
      {naming ? (
        <SaveViewDialog
          page={place.page}
          query={place.query}
          onClose={() => setNaming(false)}
          onSaved={({ id, name }) => {
            setNaming(false);
            place.onGo(place.query, id);
            toast(`The view ${name} is saved.`);
          }}
        />
      ) : null}
    </section>
  );
}
