import { useQuery } from "@tanstack/react-query";
import { draftCountQuery } from "~/api/draft-queries.ts";
import { bellQuery } from "~/api/notification-queries.ts";
import { jobsQuery, statsQuery, waitingQuery } from "~/api/queries.ts";
import { taskCountQuery } from "~/api/task-queries.ts";
import type { InboxView } from "~/api/types/inbox.ts";
import type { ViewPage } from "~/api/types/views.ts";
import { viewsQuery } from "~/api/view-queries.ts";
import { inboxPart, paths } from "~/paths.ts";
import type { IconName } from "~/ui/sprite.tsx";

export type NavItem = { to: string; label: string; icon: IconName; count: number; match: string };

/** The places of the application in the order of their use, with what waits in each. */
export function useNav(): NavItem[] {
  const stats = useQuery(statsQuery);
  const jobs = useQuery(jobsQuery);
  const tasks = useQuery(taskCountQuery);
  const drafts = useQuery(draftCountQuery);
  const unseen = useQuery(bellQuery).data?.unseen ?? 0;
  const running =
    jobs.data?.filter((job) => job.status === "processing" || job.status === "queued").length ?? 0;
  return [
    { to: paths.home, label: "Home", icon: "home", count: 0, match: "/" },
    {
      to: paths.inbox(),
      label: "Inbox",
      icon: "inbox",
      count: stats.data?.waiting_replies ?? 0,
      match: "/inbox",
    },
    {
      to: paths.queue,
      label: "Send queue",
      icon: "send",
      count: drafts.data?.counts.review ?? 0,
      match: "/queue",
    },
    { to: paths.campaigns, label: "Campaigns", icon: "campaigns", count: 0, match: "/campaigns" },
    { to: paths.contacts, label: "Contacts", icon: "contacts", count: 0, match: "/contacts" },
    { to: paths.tasks, label: "Tasks", icon: "check", count: tasks.data?.open ?? 0, match: "/tasks" },
    { to: paths.funnels, label: "Funnels", icon: "graph", count: 0, match: "/funnels" },
    { to: paths.imports, label: "Import", icon: "upload", count: 0, match: "/import" },
    { to: paths.notifications, label: "Notifications", icon: "bell", count: unseen, match: "/notifications" },
    { to: paths.jobs, label: "Jobs", icon: "jobs", count: running, match: "/jobs" },
  ];
}

/** What stands beside the contacts, under the same name. */
const SETS = [paths.companies, paths.targets, paths.lists, paths.tags, paths.segments];

export function isHere(item: { match: string }, pathname: string): boolean {
  if (item.match === paths.contacts && SETS.some((path) => pathname.startsWith(path))) return true;
  return item.match === "/"
    ? pathname === "/"
    : pathname === item.match || pathname.startsWith(`${item.match}/`);
}

/** The inbox views that ask for a person. */
export function useViews(): { view: InboxView; label: string; count: number }[] {
  const { data } = useQuery(waitingQuery(5));
  return [
    { view: "mine", label: "Mine", count: data?.counts?.mine ?? 0 },
    { view: "unread", label: "Unread", count: data?.counts?.unread ?? 0 },
    { view: "mentions", label: "Mentions", count: data?.counts?.mentions ?? 0 },
    { view: "snoozed", label: "Snoozed", count: data?.counts?.snoozed ?? 0 },
    { view: "uncertain", label: "Uncertain", count: data?.counts?.uncertain ?? 0 },
    { view: "unmatched", label: "Unmatched", count: data?.counts?.unmatched ?? 0 },
  ];
}

const PAGE_ICON: Record<ViewPage, IconName> = { contacts: "contacts", companies: "company", inbox: "inbox" };

/** Where a view is shown. Of the inbox, which part it is stands in the path. */
function placeOf(page: ViewPage, query: string): { pathname: string; search: string } {
  if (page !== "inbox")
    return { pathname: page === "companies" ? paths.companies : paths.contacts, search: query };
  const { part, search } = inboxPart(query);
  return { pathname: paths.inbox(part), search };
}

/** The saved views that are pinned, as links to what they show. */
export function usePinned(): {
  id: string;
  label: string;
  icon: IconName;
  pathname: string;
  search: string;
}[] {
  const views = useQuery(viewsQuery).data ?? [];
  return views
    .filter(({ is_pinned }) => is_pinned)
    .map(({ id, name, page, query }) => {
      const { pathname, search } = placeOf(page, query);
      return {
        id,
        label: name,
        icon: PAGE_ICON[page],
        pathname,
        search: `?${search && `${search}&`}view=${id}`,
      };
    });
}
