import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Teammate } from "~/api/types/team.ts";
import { plural } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";

type Of = Pick<Teammate, "id" | "name" | "you">;

/** Says that somebody is away or back, and what became of what waited for them. */
export function useAway() {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: ({ of, away }: { of: Of; away: boolean }) =>
      post<{ handed: number }>(`/api/members/${of.id}/away`, { away }),
    onSuccess: ({ handed }, { of, away }) => {
      for (const key of ["members", "conversations", "conversation", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
      const is = of.you ? "You are" : `${of.name} is`;
      const went = handed === 0 ? "" : ` ${plural(handed, "conversation")} that waited went to others.`;
      toast(away ? `${is} away.${went}` : `${is} back.`, {
        label: "Undo",
        run: () => change.mutate({ of, away: !away }),
      });
    },
    onError: (error) => toast(messageOf(error)),
  });
  return change;
}
