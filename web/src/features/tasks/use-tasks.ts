import { type InfiniteData, useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Task, TaskPage } from "~/api/types/tasks.ts";
import { toast } from "~/ui/toast.tsx";

/** What becomes of tasks: off the list at once, with the way back for as long as the campaign waits. */
export function useTasks() {
  const client = useQueryClient();
  const stale = () => {
    for (const key of ["tasks", "timeline", "campaign"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const told = { onError: (error: unknown) => toast(messageOf(error)), onSettled: stale };
  const reopen = useMutation({
    mutationFn: (task: Task) => post<Task>(`/api/tasks/${task.id}/reopen`, {}),
    ...told,
  });
  const end = useMutation({
    mutationFn: ({ task, how }: { task: Task; how: "complete" | "skip" }) =>
      post<Task>(`/api/tasks/${task.id}/${how}`, {}),
    onMutate: ({ task }) => {
      client.setQueriesData<InfiniteData<TaskPage>>({ queryKey: ["tasks"] }, (list) => {
        if (!list || !("pages" in list)) return list;
        const pages = list.pages.map((page) => ({
          ...page,
          open: page.open - 1,
          data: page.data.filter(({ id }) => id !== task.id),
        }));
        return { ...list, pages };
      });
    },
    onSuccess: (_, { task, how }) =>
      toast(how === "complete" ? `Done: ${task.title}` : `Skipped: ${task.title}`, {
        label: "Undo",
        run: () => reopen.mutate(task),
      }),
    ...told,
  });
  return {
    complete: (task: Task) => end.mutate({ task, how: "complete" }),
    skip: (task: Task) => end.mutate({ task, how: "skip" }),
  };
}
