import { useMutation, useQueryClient } from "@tanstack/react-query";
import { patch } from "~/api/client.ts";
import type { Teammate } from "~/api/types/team.ts";

export type MemberChange = Partial<Pick<Teammate, "role" | "handle" | "disabled">>;

/** Changes one person of the team; what they may do is known again at once, also where they are oneself. */
export function useMemberChange(id: string, onDone: (after: Teammate) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: MemberChange) => patch<Teammate>(`/api/members/${id}`, change),
    onSuccess: (after) => {
      for (const key of ["members", "me"]) void client.invalidateQueries({ queryKey: [key] });
      onDone(after);
    },
  });
}
