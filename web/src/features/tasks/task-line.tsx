import { Link } from "react-router";
import type { Task } from "~/api/types/tasks.ts";
import { TASK_KINDS } from "~/components/funnel/kinds.ts";
import { When } from "~/components/time-ago.tsx";
import { useNow } from "~/lib/clock.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";

/** One task: what, about whom, in which campaign, until when. */
export function TaskLine({
  task,
  owner,
  active,
  onComplete,
  onSkip,
}: {
  task: Task;
  /** Where it says anything whose contact it is. */
  owner: string | null;
  active: boolean;
  onComplete: () => void;
  onSkip: () => void;
}) {
  const now = useNow();
  const kind = TASK_KINDS.find(({ value }) => value === task.kind);
  const isOpen = task.status === "open";
  const isLate = isOpen && Date.parse(task.due_at) <= now;
  return (
    <li
      className={active ? "task task-active" : "task"}
      data-task={task.id}
      aria-current={active || undefined}
    >
      <span className="task-mark" title={kind?.label}>
        <Icon name={kind?.icon ?? "check"} />
      </span>
      <div className="task-what">
        <span className="strong">{task.title}</span>
        {task.instructions === "" ? null : <p className="small soft task-how">{task.instructions}</p>}
        <span className="small muted task-where">
          <Link className="link" to={paths.contact(task.contact_id)}>
            {task.contact_name}
          </Link>
          {task.company ? <span>{task.company}</span> : null}
          {isOpen && task.kind === "call" && task.phone ? (
            <a className="link" href={`tel:${task.phone}`}>
              {task.phone}
            </a>
          ) : null}
          <Link className="link" to={paths.campaign(task.campaign_id)}>
            {task.campaign_name}
          </Link>
          {owner === null ? null : <span>of {owner}</span>}
        </span>
      </div>
      <div className={isLate ? "task-when task-late small" : "task-when small soft"}>
        {isOpen ? (
          <>
            <span>
              {isLate ? "Was due " : "Due "}
              <When at={task.due_at} />
            </span>
            {task.until_at === null ? null : (
              <span className="muted">
                goes on <When at={task.until_at} />
              </span>
            )}
          </>
        ) : (
          <span>
            {task.status === "done" ? "Done " : "Skipped "}
            {task.done_at === null ? null : <When at={task.done_at} />}
          </span>
        )}
      </div>
      {isOpen ? (
        <div className="task-acts">
          <Button small icon="check" aria-label={`Done: ${task.title}`} onClick={onComplete}>
            Done
          </Button>
          <Button small look="quiet" aria-label={`Skip: ${task.title}`} onClick={onSkip}>
            Skip
          </Button>
        </div>
      ) : null}
    </li>
  );
}
