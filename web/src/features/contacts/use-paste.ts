import { useMutation, useQueryClient } from "@tanstack/react-query";
import { get, patch } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Contact } from "~/api/types/contacts.ts";
import { personName, plural } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";
import { byContact, type Change, inputOf } from "./paste.ts";

/** What came of it: who was changed, as they are now, and who was refused, with the reason. */
type Outcome = { done: { changes: Change[]; now: Contact }[]; refused: { name: string; why: string }[] };

/** Puts cells on contacts, one contact after the other; a line offers the way back. */
export function usePaste(onDone: () => void) {
  const client = useQueryClient();
  const stale = () => {
    for (const key of ["contacts", "contact", "companies"])
      void client.invalidateQueries({ queryKey: [key] });
  };
  const undo = async ({ done }: Outcome) => {
    let left = 0;
    for (const { changes, now } of done) {
      try {
        const { updated_at } = await get<Contact>(`/api/contacts/${now.id}`);
        // Somebody has changed them since.
        if (updated_at !== now.updated_at) left += 1;
        else await patch(`/api/contacts/${now.id}`, inputOf(changes, "before"));
      } catch {
        left += 1;
      }
    }
    stale();
    const back = `${plural(done.length - left, "contact")} as before.`;
    toast(left === 0 ? `Undone: ${back}` : `Undone: ${back} ${left} left alone: changed since, or gone.`);
  };
  return useMutation({
    mutationFn: async (changes: readonly Change[]): Promise<Outcome> => {
      const outcome: Outcome = { done: [], refused: [] };
      for (const [id, theirs] of byContact(changes)) {
        try {
          const now = await patch<Contact>(`/api/contacts/${id}`, inputOf(theirs, "after"));
          outcome.done.push({ changes: theirs, now });
        } catch (error) {
          const name = theirs[0] ? personName(theirs[0].contact) : id;
          outcome.refused.push({ name, why: messageOf(error) });
        }
      }
      return outcome;
    },
    onSuccess: (outcome) => {
      stale();
      if (outcome.done.length > 0)
        toast(`${plural(outcome.done.length, "contact")} changed.`, {
          label: "Undo",
          run: () => void undo(outcome),
        });
      if (outcome.refused.length === 0) onDone();
    },
  });
}
