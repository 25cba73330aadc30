import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { notificationsQuery } from "~/api/notification-queries.ts";
import type { Notification } from "~/api/types/notifications.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ICON, wordsOf } from "./words.ts";
import "./notifications.css";

/** What the reader was told: newest first, what was not seen marked. */
export function NotificationsPage() {
  const [onlyUnseen, setOnlyUnseen] = useState(false);
  const list = useInfiniteQuery(notificationsQuery(onlyUnseen));
  const client = useQueryClient();
  const see = useMutation({
    mutationFn: (ids: string[] | undefined) => post("/api/notifications/seen", ids ? { ids } : {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notifications"] }),
    onError: (error) => toast(messageOf(error)),
  });
  const first = list.data?.pages[0];
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page
      title="Notifications"
      actions={
        <>
          <Link className={buttonClass("plain")} to={paths.settings("notifications")}>
            <Icon name="settings" />
            What to hear of
          </Link>
          <Button
            icon="check"
            disabled={(first?.unseen ?? 0) === 0}
            busy={see.isPending}
            onClick={() => see.mutate(undefined)}
          >
            All seen
          </Button>
        </>
      }
    >
      <div className="stack notifications">
        {first?.is_quiet ? (
          <p className="soft small">Quiet hours: the number at the top of the window waits until they end.</p>
        ) : null}
        <label className="check">
          <input
            type="checkbox"
            checked={onlyUnseen}
            onChange={({ target }) => setOnlyUnseen(target.checked)}
          />
          Only what I have not seen
        </label>
        <Async of={list}>
          {() =>
            rows.length === 0 ? (
              <Empty
                title={onlyUnseen ? "Everything is seen." : "Nothing yet."}
                text="When a colleague mentions you or asks you to answer, when one of your people writes, and when messages wait for your yes, it stands here."
              />
            ) : (
              <>
                <ul className="panel" aria-label="Notifications">
                  {rows.map((item) => (
                    <Line key={item.id} item={item} onSee={() => see.mutate([item.id])} />
                  ))}
                </ul>
                {list.hasNextPage ? (
                  <div className="more-row">
                    <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                      Earlier ones
                    </Button>
                  </div>
                ) : null}
              </>
            )
          }
        </Async>
      </div>
    </Page>
  );
}

function Line({ item, onSee }: { item: Notification; onSee: () => void }) {
  const to = item.conversation_id ? paths.inbox("all", item.conversation_id) : paths.queue;
  return (
    <li className="notification" data-seen={item.seen_at ? "yes" : "no"}>
      <Icon name={ICON[item.kind]} />
      <Link className="notification-what" to={to} onClick={item.seen_at ? undefined : onSee}>
        <span>
          {wordsOf(item)}
          {item.seen_at ? null : (
            <span className="dot dot-accent">
              <span className="sr-only">, not seen</span>
            </span>
          )}
        </span>
        {item.snippet ? <span className="small soft clip">{item.snippet}</span> : null}
      </Link>
      <span className="tiny muted">
        <TimeAgo at={item.at} />
      </span>
    </li>
  );
}
