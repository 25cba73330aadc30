import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { patch, post } from "~/api/client.ts";
import { listsQuery, tagsQuery } from "~/api/set-queries.ts";
import type { ContactSet } from "~/api/types/sets.ts";
import { Async } from "~/components/async.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { useMe } from "~/components/me.ts";
import { NameDialog } from "~/components/name-dialog.tsx";
import { Page } from "~/components/page.tsx";
import { When } from "~/components/time-ago.tsx";
import { count } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import { DeleteSetDialog } from "./delete-set-dialog.tsx";
import { SetLine } from "./set-line.tsx";
import "./segments.css";

const WORDS = {
  lists: {
    title: "Lists",
    one: "list",
    empty: "No list yet.",
    text: "A list holds whom you put on it: the guests of one evening, the people for one campaign.",
  },
  tags: {
    title: "Tags",
    one: "tag",
    empty: "No tag yet.",
    text: "A tag says one thing about a contact: VIP, Speaker, Met in Oslo. Put it on from the contact list.",
  },
} as const;
type Open = { what: "new" } | { what: "rename" | "delete"; set: ContactSet };

/** Tags, or lists: sets of which people decide who is in them. */
export function SetsPage({ kind }: { kind: "tags" | "lists" }) {
  const words = WORDS[kind];
  const manages = mayManage(useMe().member.role);
  const sets = useQuery(kind === "tags" ? tagsQuery : listsQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const [search, setSearch] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const start = () => setOpen({ what: "new" });
  const close = () => setOpen(null);
  const stale = () => client.invalidateQueries({ queryKey: [kind] });
  useCommands([
    { id: `${kind}.new`, label: `New ${words.one}`, group: words.title, keys: "c", icon: "plus", run: start },
  ]);
  const shown = (sets.data ?? []).filter(({ name }) =>
    name.toLowerCase().includes(search.trim().toLowerCase()),
  );
  return (
    <Page
      title={words.title}
      badges={sets.data ? <Badge>{count(sets.data.length)}</Badge> : null}
      actions={
        <Button look="primary" icon="plus" keys="c" onClick={start}>
          New {words.one}
        </Button>
      }
      tabs={<ContactTabs current={kind} />}
      flush
    >
      <Async of={sets}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={words.empty} text={words.text}>
              <Button look="primary" onClick={start}>
                New {words.one}
              </Button>
            </Empty>
          ) : (
            <>
              {all.length > 8 ? (
                <div className="filters">
                  <SearchField label={`Search ${kind}`} value={search} onChange={setSearch} />
                </div>
              ) : null}
              <ul className="set-list" aria-label={words.title}>
                {shown.map((set) => (
                  <SetLine
                    key={set.id}
                    {...set}
                    about={
                      <>
                        Made <When at={set.created_at} />
                      </>
                    }
                    edit="Rename"
                    onEdit={() => setOpen({ what: "rename", set })}
                    onDelete={manages ? () => setOpen({ what: "delete", set }) : null}
                  />
                ))}
              </ul>
              {shown.length === 0 ? <Empty title={`No ${words.one} matches.`} /> : null}
            </>
          )
        }
      </Async>
      {open?.what === "new" ? (
        <NameDialog
          title={`New ${words.one}`}
          verb={`Make the ${words.one}`}
          onClose={close}
          onSave={async (name) => {
            const made = await post<ContactSet>(`/api/${kind}`, { name });
            await stale();
            close();
            if (kind === "lists") void navigate(paths.contactsIn(made.id));
          }}
        />
      ) : null}
      {open?.what === "rename" ? (
        <NameDialog
          title={`Rename ${open.set.name}`}
          verb="Rename"
          name={open.set.name}
          onClose={close}
          onSave={async (name) => {
            await patch(`/api/${kind}/${open.set.id}`, { name });
            await stale();
            close();
          }}
        />
      ) : null}
      {open?.what === "delete" ? <DeleteSetDialog kind={words.one} set={open.set} onClose={close} /> : null}
    </Page>
  );
}
