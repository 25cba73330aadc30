import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import type { ContactSet } from "~/api/types/sets.ts";

export type SetPath = "tags" | "lists";
/** One that is there, or the name of a new one. */
export type Chosen = { id: string; name: string } | { create: string };
type Change = { path: SetPath; set: Chosen; who: AssignWho; remove?: boolean };
const CHANGED = ["tags", "lists", "contacts", "contact", "found"];

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
