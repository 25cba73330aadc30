import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { tasksQuery } from "~/api/task-queries.ts";
import { Async } from "~/components/async.tsx";
import { TASK_KINDS } from "~/components/funnel/kinds.ts";
import { useMembers, useOwnersShown } from "~/components/owner.tsx";
import { Page } from "~/components/page.tsx";
import { count, plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import { TaskLine } from "./task-line.tsx";
import { useTasks } from "./use-tasks.ts";
import "./tasks.css";

/** What people are to do in campaigns: the one that is due first at the top, done with a key. */
export function TasksPage() {
  const [params, setParams] = useSearchParams();
  const status = params.get("status") === "done" ? "done" : "open";
  const kind = TASK_KINDS.find(({ value }) => value === params.get("kind"))?.value ?? "";
  const list = useInfiniteQuery(tasksQuery({ status, kind }));
  const { complete, skip } = useTasks();
  const navigate = useNavigate();
  const [active, setActive] = useState(0);
  const owners = useOwnersShown();
  const members = useMembers();
  const names = new Map(members.map(({ id, name }) => [id, name]));
  const show = (part: { status?: string; kind?: string }) => {
    setActive(0);
    const next = { status, kind, ...part };
    setParams(
      Object.entries(next).filter(([, value]) => value !== "" && value !== "open"),
      { replace: true },
    );
  };
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const { open = 0, due = 0 } = list.data?.pages[0] ?? {};
  const here = Math.min(active, rows.length - 1);
  const at = rows[here];
  useListKeys({
    id: "tasks",
    group: "Tasks",
    length: rows.length,
    active: here,
    move: (index) => {
      setActive(index);
      document.querySelector(`[data-task="${rows[index]?.id}"]`)?.scrollIntoView({ block: "nearest" });
    },
    open: (index) => {
      const task = rows[index];
      if (task) void navigate(paths.contact(task.contact_id));
    },
  });
  useCommands([
    {
      id: "tasks.done",
      label: "Mark the task as done",
      group: "Tasks",
      keys: "e",
      icon: "check",
      run: () => {
        if (at?.status === "open") complete(at);
      },
    },
    {
      id: "tasks.skip",
      label: "Skip the task",
      group: "Tasks",
      keys: "x",
      icon: "cross",
      run: () => {
        if (at?.status === "open") skip(at);
      },
    },
  ]);
  return (
    <Page title="Tasks" flush>
      <div className="filters">
        <select
          className="input"
          aria-label="Which tasks"
          value={status}
          onChange={({ target }) => show({ status: target.value })}
        >
          <option value="open">To be done ({count(open)})</option>
          <option value="done">Done or skipped</option>
        </select>
        <select
          className="input"
          aria-label="Kind"
          value={kind}
          onChange={({ target }) => show({ kind: target.value })}
        >
          <option value="">Any kind</option>
          {TASK_KINDS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <span className="small muted hide-phone">
          {due > 0 ? `${plural(due, "task")} should have been done. ` : ""}J K move, E done, X skips, Enter
          opens the contact.
        </span>
      </div>
      <Async of={list}>
        {() =>
          rows.length === 0 ? (
            status === "done" || kind !== "" ? (
              <Empty title="No task matches." text="Try another kind, or look at what is to be done.">
                <Button onClick={() => show({ status: "open", kind: "" })}>Show what is to be done</Button>
              </Empty>
            ) : (
              <Empty
                title="Nothing is to be done."
                text="A campaign can ask you to call somebody or to look something over, and waits until you have. Put a task into a funnel, and it stands here when somebody gets to it."
              >
                <Button onClick={() => void navigate(paths.funnels)}>Open the funnels</Button>
              </Empty>
            )
          ) : (
            <ul className="task-list" aria-label="Tasks">
              {rows.map((task, index) => (
                <TaskLine
                  key={task.id}
                  task={task}
                  owner={owners && task.owner_id ? (names.get(task.owner_id) ?? null) : null}
                  active={index === here}
                  onComplete={() => complete(task)}
                  onSkip={() => skip(task)}
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
    </Page>
  );
}
