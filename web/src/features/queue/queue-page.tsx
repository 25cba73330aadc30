import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { draftsQuery } from "~/api/draft-queries.ts";
import type { Draft, DraftView } from "~/api/types/drafts.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { now } from "~/lib/clock.ts";
import { count, when } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { useSmall } from "~/lib/use-small.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { ApproveManyDialog } from "./approve-many-dialog.tsx";
import { ChoiceDialog } from "./choice-dialog.tsx";
import { DraftCard } from "./draft-card.tsx";
import type { Edited } from "./draft-editor.tsx";
import { DraftLine } from "./draft-line.tsx";
import { NewDraftDialog } from "./new-draft-dialog.tsx";
import { QueueEmpty } from "./queue-empty.tsx";
import { useDrafts } from "./use-drafts.ts";
import { useSwipe } from "./use-swipe.ts";
import { canApprove, holds, isReady, rejections, VIEWS } from "./words.ts";
import "./queue.css";

type Asking = "reject" | "hold" | "many" | "new" | null;

/** Messages that wait for a yes: one key press each, and the next one is there. */
export function QueuePage() {
  const [params, setParams] = useSearchParams();
  const view: DraftView = VIEWS.find((it) => it.view === params.get("view"))?.view ?? "review";
  const list = useInfiniteQuery(draftsQuery(view));
  const drafts = useDrafts();
  const [activeId, setActiveId] = useState("");
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState<Asking>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const lastIndex = useRef(0);
  const isSmall = useSmall();
  const rows = (list.data?.pages.flatMap((page) => page.data) ?? []).filter(({ id }) => !drafts.gone.has(id));
  const counts = list.data?.pages[0]?.counts;
  // The one that follows takes the place of one that was dealt with.
  const found = rows.findIndex(({ id }) => id === activeId);
  const here = found >= 0 ? found : Math.min(lastIndex.current, rows.length - 1);
  lastIndex.current = Math.max(0, here);
  const at = rows[here];
  const marked = rows.filter(({ id }) => selected.has(id));
  const ready = (marked.length > 0 ? marked : rows).filter(isReady);

  const move = (index: number) => {
    setActiveId(rows[index]?.id ?? "");
    setEditing(false);
    document.querySelector(`[data-draft="${rows[index]?.id}"]`)?.scrollIntoView({ block: "nearest" });
    if (index > rows.length - 20 && list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  const next = () => {
    setEditing(false);
    setAsking(null);
    setActiveId(rows[here + 1]?.id ?? "");
  };
  const approve = (draft: Draft | undefined, edited?: Edited) => {
    if (!draft || !canApprove(draft)) return;
    const stop = draft.checks.find(({ code, weight }) => weight === "stop" && code.startsWith("text."));
    if (stop && !edited) {
      toast(`${stop.text} Edit it first.`);
      return;
    }
    drafts.deal({ draft, how: "approve", ...edited });
    next();
  };
  const askAbout = (what: "reject" | "hold") => {
    if (at?.status === "draft") setAsking(what);
  };
  const edit = () => {
    if (at && canApprove(at)) setEditing(true);
  };
  const select = (id: string) =>
    setSelected((marks) => new Set(marks.has(id) ? [...marks].filter((it) => it !== id) : [...marks, id]));
  const askMany = () => {
    if (ready.length > 0) setAsking("many");
    else toast("None of these is ready to be approved.");
  };

  useListKeys({ id: "queue", group: "Send queue", length: rows.length, active: here, move, open: edit });
  const command = (keys: string, label: string, run: () => void) => ({
    id: `queue.${keys}`,
    label,
    group: "Send queue",
    keys,
    run,
  });
  useCommands([
    command("y", "Approve, and go to the next", () => approve(at)),
    command("n", "Reject, with a reason", () => askAbout("reject")),
    command("h", "Hold until a time", () => askAbout("hold")),
    command("x", "Select", () => at && select(at.id)),
    command("shift+y", "Approve the selected", askMany),
    { ...command("c", "New draft", () => setAsking("new")), icon: "plus" },
  ]);
  const swipe = useSwipe({
    right: () => approve(at),
    left: () => askAbout("reject"),
  });

  const label = VIEWS.find((it) => it.view === view)?.label ?? "";
  const canAnswer = at !== undefined && canApprove(at);
  return (
    <Page
      title="Send queue"
      flush
      badges={counts && counts.review > 0 ? <Badge>{count(counts.review)} to review</Badge> : null}
      actions={
        <>
          {ready.length > 1 && !isSmall ? (
            <Button keys="shift+y" onClick={askMany}>
              Approve {count(ready.length)}
            </Button>
          ) : null}
          <Button icon="plus" onClick={() => setAsking("new")}>
            {isSmall ? "New" : "New draft"}
          </Button>
        </>
      }
    >
      <div className="filters">
        <select
          className="input"
          aria-label="Which drafts"
          value={view}
          onChange={({ target }) => {
            drafts.forget();
            setSelected(new Set());
            setActiveId("");
            setEditing(false);
            setParams(target.value === "review" ? {} : { view: target.value }, { replace: true });
          }}
        >
          {VIEWS.map((it) => (
            <option key={it.view} value={it.view}>
              {it.label}
              {counts && it.view in counts ? ` (${count(counts[it.view as keyof typeof counts])})` : ""}
            </option>
          ))}
        </select>
        <span className="small muted hide-phone">
          J K move, Y approves, N rejects, Enter edits, H holds, Z takes back.
        </span>
        {isSmall && at ? (
          <span className="small muted push">
            {here + 1} of {rows.length}
            {list.hasNextPage ? "+" : ""}
          </span>
        ) : null}
      </div>
      <Async of={list}>
        {() =>
          at === undefined ? (
            <QueueEmpty view={view} onNew={() => setAsking("new")} />
          ) : (
            <div className="queue">
              {isSmall ? null : (
                <ul className="draft-list" aria-label={label}>
                  {rows.map((draft, index) => (
                    <DraftLine
                      key={draft.id}
                      draft={draft}
                      active={index === here}
                      selected={selected.has(draft.id)}
                      onOpen={() => move(index)}
                      onSelect={() => select(draft.id)}
                    />
                  ))}
                  {list.hasNextPage ? (
                    <li className="more-row">
                      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                        Show more
                      </Button>
                    </li>
                  ) : null}
                </ul>
              )}
              <div className="draft-pane" {...(isSmall && !editing ? swipe : {})}>
                <DraftCard
                  draft={at}
                  editing={editing}
                  busy={drafts.save.isPending}
                  onEdit={edit}
                  onSave={(edited) =>
                    drafts.save.mutate({ draft: at, ...edited }, { onSuccess: () => setEditing(false) })
                  }
                  onApprove={(edited) => approve(at, edited)}
                  onLeave={() => setEditing(false)}
                  onDecide={(decision) => drafts.decide.mutate({ draft: at, decision })}
                />
                {canAnswer && !editing ? (
                  <div className="draft-bar">
                    <Button look="primary" icon="check" keys="y" onClick={() => approve(at)}>
                      {at.status === "failed" ? "Approve again" : "Approve"}
                    </Button>
                    {at.status === "draft" ? (
                      <Button keys="n" onClick={() => askAbout("reject")}>
                        Reject
                      </Button>
                    ) : null}
                    <Button keys="enter" onClick={edit}>
                      Edit
                    </Button>
                    {at.status === "draft" ? (
                      <Button look="quiet" keys="h" onClick={() => askAbout("hold")}>
                        Hold
                      </Button>
                    ) : null}
                  </div>
                ) : null}
              </div>
            </div>
          )
        }
      </Async>
      {asking === "reject" && at ? (
        <ChoiceDialog
          title={`Reject the draft to ${at.contact_name}?`}
          choices={rejections(at).map(({ label, reason, goesOn }) => ({
            label,
            run: () => {
              drafts.deal({ draft: at, how: "reject", reason, goesOn });
              next();
            },
          }))}
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === "hold" && at ? (
        <ChoiceDialog
          title="Hold it until…"
          choices={holds(now()).map((until) => ({
            label: until.label,
            note: when(until.at, now()),
            run: () => {
              drafts.deal({ draft: at, how: "hold", at: until.at });
              next();
            },
          }))}
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === "many" ? (
        <ApproveManyDialog
          drafts={ready.slice(0, 200)}
          busy={drafts.many.isPending}
          onApprove={() =>
            drafts.many.mutate(ready.slice(0, 200), {
              onSuccess: () => {
                setSelected(new Set());
                setAsking(null);
              },
            })
          }
          onClose={() => setAsking(null)}
        />
      ) : null}
      {asking === "new" ? <NewDraftDialog onClose={() => setAsking(null)} /> : null}
    </Page>
  );
}
