import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { targetsQuery } from "~/api/target-queries.ts";
import type { Target, TargetState } from "~/api/types/targets.ts";
import { Async } from "~/components/async.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { count } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { Button } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import { ApproachDialog } from "./approach-dialog.tsx";
import { BY_HAND, STATES } from "./lines.ts";
import { QuickAdd } from "./quick-add.tsx";
import { TargetDialog } from "./target-dialog.tsx";
import { TargetLine } from "./target-line.tsx";
import { useTargets } from "./use-targets.ts";
import "./targets.css";

const stateIn = (text: string | null): TargetState | "" => STATES.find(({ id }) => id === text)?.id ?? "";

/** Whom to research before anybody writes to them: added by the line, moved by a key, made a contact when it is time. */
export function TargetsPage() {
  const [params, setParams] = useSearchParams();
  const state = stateIn(params.get("state"));
  const search = params.get("q") ?? "";
  const [text, setText] = useState(search);
  const settled = useDebounced(text, 200);
  const list = useInfiniteQuery(targetsQuery({ state, search }));
  const { add, change, move, remove } = useTargets();
  const [active, setActive] = useState(-1);
  const [open, setOpen] = useState<{ what: "edit" | "approach"; target: Target } | null>(null);
  const owners = useOwnersShown();
  const members = useMembers();
  const names = new Map(members.map(({ id, name }) => [id, name]));
  const show = (part: { state?: string; q?: string }) => {
    const next = Object.entries({ state, q: search, ...part }).filter(([, value]) => value !== "");
    setParams(next, { replace: true });
  };
  useEffect(() => {
    if (settled !== search) show({ q: settled });
  }, [settled]);
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const counts = list.data?.pages[0]?.counts;
  const all = counts ? Object.values(counts).reduce((sum, one) => sum + one, 0) : 0;
  const at = rows[active];
  const edit = (target: Target) => {
    change.reset();
    setOpen({ what: "edit", target });
  };
  useListKeys({
    id: "targets",
    group: "Targets",
    length: rows.length,
    active,
    move: (index) => {
      setActive(index);
      document.querySelector(`[data-target="${rows[index]?.id}"]`)?.scrollIntoView({ block: "nearest" });
    },
    open: (index) => {
      const target = rows[index];
      if (target) edit(target);
    },
  });
  useCommands([
    {
      id: "targets.add",
      label: "Add a target",
      group: "Targets",
      keys: "c",
      icon: "plus",
      run: () => document.getElementById("target-add")?.focus(),
    },
    {
      id: "targets.search",
      label: "Search targets",
      group: "Targets",
      keys: "/",
      icon: "search",
      run: () => document.getElementById("target-search")?.focus(),
    },
    ...BY_HAND.map(({ id, label }, index) => ({
      id: `targets.${id}`,
      label: `Mark as: ${label}`,
      group: "Targets",
      keys: String(index + 1),
      icon: "flag",
      run: () => {
        if (at) move(at, id);
      },
    })),
    {
      id: "targets.approach",
      label: "Make a contact of the target",
      group: "Targets",
      keys: "a",
      icon: "user",
      run: () => {
        if (at && at.contact_id === null) setOpen({ what: "approach", target: at });
      },
    },
  ]);
  return (
    <Page title="Targets" tabs={<ContactTabs current="targets" />} flush>
      <div className="targets">
        <QuickAdd add={add} />
        {all > 0 || search !== "" || state !== "" ? (
          <div className="filters">
            <SearchField
              id="target-search"
              label="Search name, company, handle"
              value={text}
              onChange={setText}
              keys="/"
            />
            <select
              className="input"
              aria-label="State"
              value={state}
              onChange={(event) => show({ state: event.target.value })}
            >
              <option value="">Any state ({count(all)})</option>
              {STATES.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label} ({count(counts?.[id] ?? 0)})
                </option>
              ))}
            </select>
            <span className="small muted hide-phone">J K move, 1–4 set the state, A makes a contact.</span>
          </div>
        ) : null}
        <Async of={list}>
          {() =>
            rows.length === 0 ? (
              search !== "" || state !== "" ? (
                <Empty title="No target matches." text="Try fewer words, or another state.">
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
                  title="Whom do you want to reach?"
                  text="Write down names as you come across them, one to a line. Research them, then make contacts of those who are worth it."
                />
              )
            ) : (
              <ul className="target-list" aria-label="Targets">
                {rows.map((target, index) => (
                  <TargetLine
                    key={target.id}
                    target={target}
                    owner={owners && target.owner_id ? (names.get(target.owner_id) ?? null) : null}
                    active={index === active}
                    onMove={(to) => move(target, to)}
                    onEdit={() => edit(target)}
                    onApproach={() => setOpen({ what: "approach", target })}
                    onRemove={() => remove.mutate(target)}
                  />
                ))}
              </ul>
            )
          }
        </Async>
        {list.hasNextPage ? (
          <div className="more-row">
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        ) : null}
      </div>
      {open?.what === "edit" ? (
        <TargetDialog target={open.target} change={change} onClose={() => setOpen(null)} />
      ) : null}
      {open?.what === "approach" ? (
        <ApproachDialog target={open.target} onClose={() => setOpen(null)} />
      ) : null}
    </Page>
  );
}
