import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { BulkChange } from "~/api/types/bulk.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import type { ContactSet } from "~/api/types/sets.ts";

export type SetAction = "add-tag" | "remove-tag" | "add-list";
export type SetPath = "tags" | "lists";
/** One that is there, or the name of a new one. */
export type Chosen = { id: string; name: string } | { create: string };
type Change = { path: SetPath; set: Chosen; who: AssignWho; remove?: boolean };
const CHANGED = ["tags", "lists", "contacts", "contact", "found"];

/** A tag or list by its id; one that is not there yet is made. */
export function useMadeSet() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ path, set }: { path: SetPath; set: Chosen }) =>
      "id" in set ? set : await post<ContactSet>(`/api/${path}`, { name: set.create }),
    onSettled: (_, __, { path }) => void client.invalidateQueries({ queryKey: [path] }),
  });
}

/** What is done with a tag or list, as the server is told. */
export const actionOn = (action: SetAction, id: string): BulkChange => {
  if (action === "add-list") return { kind: "add_to_list", list_id: id };
  return { kind: action === "add-tag" ? "add_tag" : "remove_tag", tag_id: id };
};

/** Puts contacts into a tag or on a list, or takes them out, and says how many that were. */
export function useSetChange(onDone?: (done: { name: string; changed: number }, change: Change) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ path, set, who, remove }: Change) => {
      const { id, name } = "id" in set ? set : await post<ContactSet>(`/api/${path}`, { name: set.create });
      const to = `/api/${path}/${id}/contacts${remove ? "/remove" : ""}`;
      const { changed } = await post<{ changed: number }>(to, { who });
      return { name, changed };
    },
    onSuccess: (done, change) => onDone?.(done, change),
    onSettled: () => {
      for (const key of CHANGED) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
