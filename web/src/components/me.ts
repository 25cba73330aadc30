import { useQuery } from "@tanstack/react-query";
import { meQuery } from "~/api/queries.ts";
import type { Me } from "~/api/types/workspace.ts";

/** The member who is signed in. Only inside the shell, which waits for it. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("This part of the page needs a signed-in member.");
  return data;
}
