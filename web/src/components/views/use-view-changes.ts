import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del, patch, post } from "~/api/client.ts";
import type { SavedView, ViewInput, ViewPage } from "~/api/types/views.ts";
import { viewsQuery } from "~/api/view-queries.ts";

/** What can be done with views. Each change is in the menus and the rail with the answer. */
export function useViewChanges() {
  const client = useQueryClient();
  const put = (change: (views: readonly SavedView[]) => SavedView[]) =>
    client.setQueryData(viewsQuery.queryKey, (views) =>
      change(views ?? []).sort((one, other) => one.name.localeCompare(other.name, "en")),
    );
  const keep = (view: SavedView) => put((views) => [...views.filter(({ id }) => id !== view.id), view]);
  return {
    create: useMutation({
      mutationFn: (view: ViewInput & { page: ViewPage }) => post<SavedView>("/api/views", view),
      onSuccess: keep,
    }),
    update: useMutation({
      mutationFn: ({ id, ...part }: Partial<ViewInput> & { id: string }) =>
        patch<SavedView>(`/api/views/${id}`, part),
      onSuccess: keep,
    }),
    remove: useMutation({
      mutationFn: ({ id }: SavedView) => del(`/api/views/${id}`),
      onSuccess: (_, gone) => put((views) => views.filter(({ id }) => id !== gone.id)),
    }),
  };
}
