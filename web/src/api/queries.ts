import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from "@tanstack/react-query";
import { setClock } from "~/lib/clock.ts";
import { setHomeZone } from "~/lib/format.ts";
import { keep, keepFor, keptAt } from "~/lib/kept.ts";
import { waitingOf } from "~/lib/waiting.ts";
import { get, type Query } from "./client.ts";
import type { Campaign, CampaignHealth, LaunchCheck, Person } from "./types/campaigns.ts";
import type {
  Consents,
  Contact,
  ContactPage,
  DuplicateGroup,
  DuplicateReason,
  Merge,
  Suppression,
  TimelineEntry,
} from "./types/contacts.ts";
import type { Funnel, LiveFunnel } from "./types/funnels.ts";
import type { Stats } from "./types/home.ts";
import type { FittingMapping, Import } from "./types/imports.ts";
import type {
  ConversationDetail,
  ConversationPage,
  InboxView,
  Message,
  Undecided,
  UndecidedWhich,
} from "./types/inbox.ts";
import type { DeadLetter, Job } from "./types/jobs.ts";
import type { AtNode, Overlay } from "./types/overlays.ts";
import type { Found } from "./types/search.ts";
import type { GoogleApp, Provider, Sender, WhatsappTemplates } from "./types/senders.ts";
import type { Page } from "./types/wire.ts";
import type { Me, Restored, Settings } from "./types/workspace.ts";

/** The first word of every query key is the noun that an event invalidates (see live.ts). */

const PAGE = 50;

/** Lists come as a page; a bare array is read as its only page. */
export function rows<T>(answer: Page<T> | T[]): T[] {
  return Array.isArray(answer) ? answer : answer.data;
}

export const setupQuery = queryOptions({
  queryKey: ["setup"],
  queryFn: ({ signal }) =>
    get<{ needed: boolean; google: boolean; passkeys: boolean }>("/api/setup", undefined, signal),
});

/** Shows times as this workspace has them, and forgets what was read in another one. */
export function settleIn(client: QueryClient, me: Me): Me {
  const before = client.getQueryData<Me>(["me"]);
  if (before && (before.workspace.id !== me.workspace.id || before.member.id !== me.member.id))
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
  void keepFor(me.workspace.id, me.member.id);
  void waitingOf(me.workspace.id, me.member.id);
  // What was kept tells the time of then.
  const since = keptAt(me);
  // Nothing is kept before it is known for whom: this is what says it, from whichever answer.
  if (since === undefined) void keep("/api/auth/me", me);
  const now =
    since === undefined
      ? me.now
      : new Date(Date.parse(me.now) + (Date.now() - since) * me.speed).toISOString();
  setClock(now, me.speed);
  setHomeZone(me.workspace.time_zone);
  return me;
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal, client }) => settleIn(client, await get<Me>("/api/auth/me", undefined, signal)),
  staleTime: 30_000,
  // Keeps the shown clock from drifting away from the server's.
  refetchInterval: 60_000,
});

export const statsQuery = queryOptions({
  queryKey: ["stats"],
  queryFn: ({ signal }) => get<Stats>("/api/stats", undefined, signal),
});

/** Pages alone; how many match is another question, and sometimes one that takes longer. */
export function contactsQuery(filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["contacts", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Contact>>(
        "/api/contacts",
        { ...filter, total: "false", limit: 100, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function contactSearchQuery(search: string) {
  return queryOptions({
    queryKey: ["contacts", "search", search],
    queryFn: ({ signal }) => get<ContactPage>("/api/contacts", { search, limit: 6 }, signal),
    enabled: search.trim() !== "",
    placeholderData: keepPreviousData,
  });
}

export function consentsQuery(contact: string) {
  return queryOptions({
    queryKey: ["contacts", contact, "consents"],
    queryFn: ({ signal }) => get<Consents>(`/api/contacts/${contact}/consents`, {}, signal),
  });
}

/** The search box. Its answer is old as soon as anything that it shows changes. */
export function foundQuery(q: string) {
  return queryOptions({
    queryKey: ["contacts", "found", q],
    queryFn: ({ signal }) => get<Found>("/api/search", { q: q.slice(0, 200), limit: 5 }, signal),
    enabled: q !== "",
    placeholderData: keepPreviousData,
  });
}

/** How many match, counted no further than a list counts. */
export function contactCountQuery(filter: Query) {
  return queryOptions({
    queryKey: ["contacts", "count", filter],
    queryFn: ({ signal }) => get<ContactPage>("/api/contacts", { ...filter, limit: 3 }, signal),
    placeholderData: keepPreviousData,
  });
}

/** How many match, exactly: a list counts no further than it shows. */
export function contactTotalQuery(filter: Query) {
  return queryOptions({
    queryKey: ["contacts", "total", filter],
    queryFn: async ({ signal }) =>
      (await get<{ total: number }>("/api/contacts/count", filter, signal)).total,
  });
}

export function contactQuery(id: string) {
  return queryOptions({
    queryKey: ["contact", id],
    queryFn: ({ signal }) => get<Contact>(`/api/contacts/${id}`, undefined, signal),
  });
}

export const mergesQuery = queryOptions({
  queryKey: ["merges"],
  queryFn: async ({ signal }) => rows(await get<Page<Merge>>("/api/merges", { limit: 50 }, signal)),
});

export function duplicatesQuery(reason: DuplicateReason) {
  return infiniteQueryOptions({
    queryKey: ["duplicates", reason],
    queryFn: ({ pageParam, signal }) =>
      get<Page<DuplicateGroup>>("/api/contacts/duplicates", { reason, limit: 20, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function timelineQuery(id: string) {
  return queryOptions({
    queryKey: ["timeline", id],
    queryFn: ({ signal }) =>
      get<{ data: TimelineEntry[] }>(`/api/contacts/${id}/timeline`, undefined, signal),
    select: (answer) => answer.data,
  });
}

export const importsQuery = queryOptions({
  queryKey: ["imports"],
  queryFn: async ({ signal }) => rows(await get<Page<Import> | Import[]>("/api/imports", undefined, signal)),
});

/** Whether it is being checked, written or taken back. */
const isAtWork = (data?: Import) =>
  [data?.status, data?.check?.status, data?.undo?.status].includes("running");

export function importQuery(id: string) {
  return queryOptions({
    queryKey: ["import", id],
    queryFn: ({ signal }) => get<Import>(`/api/imports/${id}`, undefined, signal),
    // Events carry progress; polling covers the time in which they cannot arrive.
    refetchInterval: (query) => (isAtWork(query.state.data) ? 1000 : false),
  });
}

/** What its columns could become: as last time first, then saved mappings. */
export function fittingQuery(id: string) {
  return queryOptions({
    queryKey: ["import-mappings", id],
    queryFn: ({ signal }) =>
      get<{ data: FittingMapping[] }>(`/api/imports/${id}/mappings`, undefined, signal),
    select: (answer) => answer.data,
    // Offered once, when the page opens; a new use of the same columns is no reason to change what somebody maps.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: async ({ signal }) => rows(await get<Page<Job> | Job[]>("/api/jobs", { limit: 100 }, signal)),
});

export function campaignHealthQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "health"],
    queryFn: ({ signal }) => get<CampaignHealth>(`/api/campaigns/${id}/health`, undefined, signal),
  });
}

/** One piece of background work, followed until it is over. */
export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ["jobs", id],
    queryFn: ({ signal }) => get<Job>(`/api/jobs/${id}`, undefined, signal),
    // Events carry progress; polling covers the time in which they cannot arrive.
    refetchInterval: ({ state: { data } }) =>
      data?.status === "queued" || data?.status === "processing" ? 1000 : false,
  });
}

export const deadLettersQuery = queryOptions({
  queryKey: ["dead-letters"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<DeadLetter> | DeadLetter[]>("/api/dead-letters", undefined, signal)),
});

export const funnelsQuery = queryOptions({
  queryKey: ["funnels"],
  queryFn: async ({ signal }) => rows(await get<Page<Funnel>>("/api/funnels", undefined, signal)),
  staleTime: 60_000,
});

export function funnelQuery(id: string) {
  return queryOptions({
    queryKey: ["funnels", id],
    queryFn: ({ signal }) => get<Funnel>(`/api/funnels/${id}`, undefined, signal),
    staleTime: 60_000,
  });
}

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Provider> | Provider[]>("/api/providers", undefined, signal)),
  staleTime: Number.POSITIVE_INFINITY,
});

export const sendersQuery = queryOptions({
  queryKey: ["senders"],
  queryFn: async ({ signal }) => rows(await get<Page<Sender> | Sender[]>("/api/senders", undefined, signal)),
});

/** Below the senders: whatever makes those stale makes these stale. */
export const templatesQuery = queryOptions({
  queryKey: ["senders", "templates"],
  queryFn: ({ signal }) => get<WhatsappTemplates>("/api/senders/templates", undefined, signal),
});

export const googleAppQuery = queryOptions({
  queryKey: ["google-app"],
  queryFn: ({ signal }) => get<GoogleApp>("/api/google-app", undefined, signal),
});

export function campaignsQuery(status = "") {
  return queryOptions({
    queryKey: ["campaigns", status],
    queryFn: async ({ signal }) =>
      rows(await get<Page<Campaign> | Campaign[]>("/api/campaigns", { status, limit: 200 }, signal)),
    placeholderData: keepPreviousData,
  });
}

export function campaignQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id],
    queryFn: ({ signal }) => get<Campaign>(`/api/campaigns/${id}`, undefined, signal),
  });
}

export function launchCheckQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "check"],
    queryFn: ({ signal }) => get<LaunchCheck>(`/api/campaigns/${id}/check`, undefined, signal),
    // What it found may have been mended on any other page meanwhile.
    refetchOnMount: "always",
  });
}

export function liveFunnelQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "funnel"],
    queryFn: ({ signal }) => get<LiveFunnel>(`/api/campaigns/${id}/funnel`, undefined, signal),
  });
}

/** How many people an overlay has at each step. */
export function overlayQuery(id: string, of: Overlay) {
  return queryOptions({
    queryKey: ["campaign", id, "overlay", of],
    queryFn: async ({ signal }) =>
      (await get<{ data: AtNode[] }>(`/api/campaigns/${id}/overlay`, { of }, signal)).data,
    placeholderData: keepPreviousData,
  });
}

export function peopleQuery(id: string, filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["campaign", id, "people", filter],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Person>>(`/api/campaigns/${id}/people`, { ...filter, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** Somebody whose message waits: why it does is mostly why all of them do. */
export function heldUpQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "held-up"],
    queryFn: ({ signal }) =>
      get<Page<Person>>(`/api/campaigns/${id}/people`, { status: "waiting", limit: 1 }, signal),
    select: (page) => page.data[0]?.why ?? null,
  });
}

export function conversationsQuery(view: InboxView, filter: Query = {}) {
  return infiniteQueryOptions({
    queryKey: ["conversations", view, filter],
    queryFn: ({ signal, pageParam }) =>
      get<ConversationPage>(
        "/api/conversations",
        { view, ...filter, limit: PAGE, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function waitingQuery(limit: number) {
  return queryOptions({
    queryKey: ["conversations", "waiting", limit],
    queryFn: ({ signal }) => get<ConversationPage>("/api/conversations", { view: "unread", limit }, signal),
  });
}

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ["conversation", id],
    queryFn: ({ signal }) => get<ConversationDetail>(`/api/conversations/${id}`, undefined, signal),
  });
}

export function messagesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ["messages", id],
    queryFn: ({ signal, pageParam }) =>
      get<Page<Message>>(`/api/conversations/${id}/messages`, { limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export const uncertainQuery = queryOptions({
  queryKey: ["messages", "uncertain"],
  queryFn: async ({ signal }) =>
    rows(await get<Page<Message> | Message[]>("/api/messages", { status: "uncertain", limit: PAGE }, signal)),
});

/** The uncertain messages that a person has to decide about, counted. Always asked anew: a decision is about this count. */
export function undecidedQuery(which: UndecidedWhich) {
  return queryOptions({
    queryKey: ["messages", "uncertain", "many", which],
    queryFn: ({ signal }) => get<Undecided>("/api/messages/undecided", which, signal),
    staleTime: 0,
  });
}

/** Newest first. */
export const suppressionsQuery = infiniteQueryOptions({
  queryKey: ["suppressions", "all"],
  queryFn: ({ signal, pageParam }) =>
    get<Page<Suppression>>("/api/suppressions", { limit: 200, cursor: pageParam }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

/** What the list says of one address. */
export const suppressionsOfQuery = (value: string) =>
  queryOptions({
    queryKey: ["suppressions", "of", value],
    queryFn: async ({ signal }) => rows(await get<Page<Suppression>>("/api/suppressions", { value }, signal)),
    enabled: value !== "",
  });

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => get<Settings>("/api/settings", undefined, signal),
});

/** What may have left before a backup was restored. */
export const restoredQuery = queryOptions({
  queryKey: ["settings", "restored"],
  queryFn: ({ signal }) => get<Restored>("/api/sending/restored", undefined, signal),
});
