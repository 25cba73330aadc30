import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, post } from "./client.ts";
import type { Criterion, Fit, IcpFound, IcpProfile } from "./types/icp.ts";

/** The default one first, then by name. */
export const profilesQuery = queryOptions({
  queryKey: ["icp", "profiles"],
  queryFn: async ({ signal }) =>
    (await get<{ data: IcpProfile[] }>("/api/icp-profiles", undefined, signal)).data,
});

export function profileQuery(id: string) {
  return queryOptions({
    queryKey: ["icp", "profile", id],
    queryFn: ({ signal }) => get<IcpProfile>(`/api/icp-profiles/${id}`, undefined, signal),
  });
}

export function fitsQuery(contact: string) {
  return queryOptions({
    queryKey: ["icp", "contact", contact],
    queryFn: async ({ signal }) =>
      (await get<{ data: Fit[] }>(`/api/contacts/${contact}/icp`, undefined, signal)).data,
  });
}

/** What criteria would make of the newest contacts; nothing is asked for while there are none. */
export function icpFoundQuery(criteria: Criterion[] | null) {
  return queryOptions({
    queryKey: ["icp", "found", criteria],
    queryFn: () => post<IcpFound>("/api/icp-profiles/preview", { criteria }),
    enabled: criteria !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
