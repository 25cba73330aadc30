import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { bellQuery } from "~/api/notification-queries.ts";
import { setUnseen } from "~/lib/unseen.ts";

/** How many things the reader has not seen; the window says so too, outside of quiet hours. */
export function useBell(): number {
  const { data } = useQuery(bellQuery);
  const unseen = data?.unseen ?? 0;
  const said = data?.is_quiet ? 0 : unseen;
  useEffect(() => {
    setUnseen(said);
    return () => setUnseen(0);
  }, [said]);
  return unseen;
}
