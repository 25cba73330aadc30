import { useQuery } from "@tanstack/react-query";
import { labelsQuery } from "~/api/inbox-queries.ts";
import { useMembers } from "~/components/owner.tsx";
import type { Named } from "./step-words.ts";

/** What steps name: labels and members. */
export function useStepNames(): Named {
  const labels = useQuery(labelsQuery).data ?? [];
  const members = useMembers();
  return new Map([...labels, ...members].map(({ id, name }) => [id, name]));
}
