import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { waitingQuery } from "~/api/queries.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { ReplyBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { paths } from "~/paths.ts";

/** The newest answers that nobody has read. */
export function WaitingPanel() {
  const waiting = useQuery(waitingQuery(5));
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Replies waiting</h2>
        <Link className="link panel-more" to={paths.inbox("unread")}>
          Open the inbox
        </Link>
      </div>
      <Async of={waiting}>
        {(page) =>
          page.data.length === 0 ? (
            <p className="panel-body small muted">
              Nothing is waiting. New answers appear here by themselves.
            </p>
          ) : (
            <ul>
              {page.data.slice(0, 5).map((item) => (
                <li key={item.id}>
                  <Link className="waiting" to={paths.inbox("unread", item.id)}>
                    <ChannelMark channel={item.channel} />
                    <span className="waiting-name">
                      <span className="clip">{item.contact_name ?? item.address}</span>
                      <ReplyBadge kind={item.kind} />
                    </span>
                    <span className="tiny muted">
                      <TimeAgo at={item.last_at} />
                    </span>
                    <span />
                    <span className="waiting-text clip">{item.last_snippet ?? item.subject ?? ""}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
    </section>
  );
}
