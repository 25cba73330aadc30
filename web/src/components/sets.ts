import { useQuery } from "@tanstack/react-query";
import { campaignsQuery } from "~/api/queries.ts";
import { customFieldsQuery, listsQuery, segmentsQuery, tagsQuery } from "~/api/set-queries.ts";
import { plural } from "~/lib/format.ts";
import type { ContactTab } from "./contact-tabs.tsx";
import { useMembers } from "./owner.tsx";
import type { Names } from "./rule/words.ts";

export type SetKind = "tag" | "list" | "segment";

/** What kind of set it is, as its id says. */
export function kindOf(id: string): SetKind {
  if (id.startsWith("lst_")) return "list";
  return id.startsWith("seg_") ? "segment" : "tag";
}

export const TAB_OF: Record<SetKind, ContactTab> = { tag: "tags", list: "lists", segment: "segments" };

/** The set of this id; undefined while it is not known, null where there is none. */
export function useSet(id: string) {
  const kind = kindOf(id);
  const tags = useQuery({ ...tagsQuery, enabled: id !== "" && kind === "tag" }).data;
  const lists = useQuery({ ...listsQuery, enabled: id !== "" && kind === "list" }).data;
  const segments = useQuery({ ...segmentsQuery, enabled: id !== "" && kind === "segment" }).data;
  const all = { tag: tags, list: lists, segment: segments }[kind];
  return all === undefined ? undefined : (all.find((set) => set.id === id) ?? null);
}

/** What everything is called that a rule can name. */
export function useNames(): Names {
  const fields = useQuery(customFieldsQuery).data ?? [];
  const sets = [...(useQuery(tagsQuery).data ?? []), ...(useQuery(listsQuery).data ?? [])];
  const named = [...sets, ...(useQuery(campaignsQuery()).data ?? []), ...useMembers()];
  return { fields, of: (id) => named.find((one) => one.id === id)?.name };
}

/** Every segment, list and tag, with what it is and how many are in it. */
export function useAllSets(): { id: string; name: string; note: string }[] {
  const segments = useQuery(segmentsQuery).data ?? [];
  const lists = useQuery(listsQuery).data ?? [];
  const tags = useQuery(tagsQuery).data ?? [];
  return [...segments, ...lists, ...tags].map(({ id, name, contacts }) => ({
    id,
    name,
    note: `${kindOf(id)}, ${plural(contacts, "contact")}`,
  }));
}
