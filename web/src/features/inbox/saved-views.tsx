import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { inboxCountQuery } from "~/api/inbox-queries.ts";
import type { InboxView } from "~/api/types/inbox.ts";
import type { ViewPlace } from "~/components/views/view-menu.tsx";
import { count } from "~/lib/format.ts";
import { inboxPart, paths } from "~/paths.ts";
import { asked, filterOf, type InboxFilter } from "./list-filter.tsx";

/** What could be saved of what the list shows: its part and its filters. */
export function savedQuery(view: InboxView, filter: InboxFilter): string {
  const query = new URLSearchParams();
  if (view !== "open") query.set("part", view);
  for (const [name, value] of Object.entries(filter)) if (value !== "") query.set(name, value);
  return query.toString();
}

/** A saved query in the words of today. */
export function normalQuery(query: string): string {
  const { part, search } = inboxPart(query);
  return savedQuery(part, filterOf(new URLSearchParams(search)));
}

/** The list as a place of saved views. */
export function useInboxPlace(view: InboxView, filter: InboxFilter, current: string): ViewPlace {
  const navigate = useNavigate();
  return {
    page: "inbox",
    current,
    query: savedQuery(view, filter),
    normal: normalQuery,
    onGo: (query, id) => {
      const { part, search } = inboxPart(query);
      const next = new URLSearchParams(search);
      if (id !== "") next.set("view", id);
      void navigate({ pathname: paths.inbox(part), search: next.toString() });
    },
    amount: ({ query }) => <Amount query={query} />,
  };
}

/** How many conversations a saved view holds now. */
function Amount({ query }: { query: string }) {
  const { part, search } = inboxPart(query);
  const filter = filterOf(new URLSearchParams(search));
  const { data } = useQuery(inboxCountQuery(part, asked(filter)));
  if (!data) return null;
  return <>{data.total_is_capped ? `${count(data.total)}+` : count(data.total)}</>;
}
