import { type InfiniteData, useMutation, useQueryClient } from "@tanstack/react-query";
import { del, patch, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Target, TargetInput, TargetPage } from "~/api/types/targets.ts";
import { plural } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";
import { STATES } from "./lines.ts";

const told = { onError: (error: unknown) => toast(messageOf(error)) };

/** What is done to targets from the list: at once, with the way back. */
export function useTargets() {
  const client = useQueryClient();
  const stale = () => void client.invalidateQueries({ queryKey: ["targets"] });
  const add = useMutation({
    mutationFn: (targets: TargetInput[]) => post<{ data: Target[] }>("/api/targets/batch", { targets }),
    onSuccess: ({ data }) => {
      stale();
      if (data.length > 1) toast(`${plural(data.length, "target")} added.`);
    },
  });
  const change = useMutation({
    mutationFn: ({ target, input }: { target: Target; input: TargetInput }) =>
      patch<Target>(`/api/targets/${target.id}`, input),
    // A state that was chosen is shown before the server has answered; what it refused is shown as it was again.
    onMutate: ({ target, input: { state } }) => {
      if (!state) return;
      client.setQueriesData<InfiniteData<TargetPage>>({ queryKey: ["targets"] }, (list) => {
        if (!list) return list;
        const put = (one: Target) => (one.id === target.id ? { ...one, state } : one);
        return { ...list, pages: list.pages.map((page) => ({ ...page, data: page.data.map(put) })) };
      });
    },
    onSettled: stale,
  });
  const move = (target: Target, state: Target["state"]) => {
    if (target.state === state || target.contact_id !== null) return;
    const back = () => change.mutate({ target, input: { state: target.state } }, told);
    const label = STATES.find(({ id }) => id === state)?.label ?? state;
    change.mutate(
      { target, input: { state } },
      { ...told, onSuccess: () => toast(`${target.name}: ${label}.`, { label: "Undo", run: back }) },
    );
  };
  const remove = useMutation({
    mutationFn: (target: Target) => del(`/api/targets/${target.id}`),
    onSuccess: (_, target) => {
      stale();
      const { name, company, title, email, telegram, x, url, notes, state } = target;
      const all = { name, company, title, email, telegram, x, url, notes, state };
      const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
      const back =
        target.contact_id === null ? { label: "Undo", run: () => add.mutate([kept], told) } : undefined;
      toast(`${name} is off the list.`, back);
    },
    ...told,
  });
  return { add, change, move, remove, stale };
}
