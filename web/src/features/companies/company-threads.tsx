import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { conversationsQuery } from "~/api/queries.ts";
import type { CompanyDetail } from "~/api/types/companies.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { ReplyBadge } from "~/components/state-badge.tsx";
import { TimeAgo, When } from "~/components/time-ago.tsx";
import { count } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";

/** What is being talked about with the people of a company. */
export function CompanyThreads({ company }: { company: CompanyDetail }) {
  const threads = useInfiniteQuery(conversationsQuery("open", { company_id: company.id }));
  return (
    <section className="panel" aria-label="Open conversations">
      <div className="panel-head">
        <h2>Open conversations</h2>
        <Badge>{count(company.open_conversations)}</Badge>
        {company.last_activity_at ? (
          <span className="panel-more small soft">
            Last activity <When at={company.last_activity_at} />
          </span>
        ) : null}
      </div>
      <Async of={threads}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.data);
          if (all.length === 0)
            return (
              <p className="panel-body small muted">
                {company.last_activity_at
                  ? "Nothing is open: every answer is done, or nobody has answered yet."
                  : "Nobody has written yet, neither they nor we."}
              </p>
            );
          return (
            <ul className="company-people">
              {all.map((thread) => (
                <li key={thread.id}>
                  <Link className="company-thread" to={paths.inbox("open", thread.id)}>
                    <ChannelMark channel={thread.channel} />
                    <span className="company-who">
                      <span className="row">
                        <span className="strong clip">{thread.contact_name ?? thread.address}</span>
                        <ReplyBadge kind={thread.kind} />
                      </span>
                      <span className="small soft clip">{thread.last_snippet ?? thread.subject ?? ""}</span>
                    </span>
                    <span className="tiny muted">
                      <TimeAgo at={thread.last_at} />
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Async>
      {threads.hasNextPage ? (
        <div className="more-row">
          <Button busy={threads.isFetchingNextPage} onClick={() => void threads.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </section>
  );
}
