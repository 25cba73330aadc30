import { useMutation, useQueryClient } from "@tanstack/react-query";
import { del, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { toast } from "~/ui/toast.tsx";

type Named = { id: string; name: string };

/** Deletes one of what the path lists, and offers to make it again of what `written` says that it was. */
export function useDeletion<Item extends Named>(
  path: string,
  queryKey: string[],
  written: (item: Item) => object,
) {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey });
  const restore = (item: Item) =>
    void post(path, written(item))
      .then(again)
      .catch((error) => toast(messageOf(error)));
  return useMutation({
    mutationFn: (item: Item) => del(`${path}/${item.id}`),
    onSuccess: (_, item) => {
      void again();
      toast(`${item.name} is deleted.`, { label: "Undo", run: () => restore(item) });
    },
    onError: (error) => toast(messageOf(error)),
  });
}
