import { useQueryClient } from "@tanstack/react-query";

/** What shows labels asks again. */
export function useLabelsChanged(): () => void {
  const client = useQueryClient();
  return () => {
    for (const key of ["labels", "conversations", "conversation"])
      void client.invalidateQueries({ queryKey: [key] });
  };
}
