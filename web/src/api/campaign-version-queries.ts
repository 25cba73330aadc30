import { queryOptions } from "@tanstack/react-query";
import { get } from "./client.ts";
import { rows } from "./queries.ts";
import type { CampaignDraft, CampaignVersion, PublishPlan, ShownVersion } from "./types/campaign-versions.ts";
import type { Page } from "./types/wire.ts";

/** Under the campaign's own key: whatever refreshes the campaign refreshes these. */
export function campaignDraftQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "draft"],
    queryFn: ({ signal }) => get<CampaignDraft>(`/api/campaigns/${id}/draft`, undefined, signal),
  });
}

/** People move on meanwhile, so it is asked anew whenever it is shown. */
export function publishPlanQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "draft", "check"],
    queryFn: ({ signal }) => get<PublishPlan>(`/api/campaigns/${id}/draft/check`, undefined, signal),
    staleTime: 0,
  });
}

export function campaignVersionsQuery(id: string) {
  return queryOptions({
    queryKey: ["campaign", id, "versions"],
    queryFn: async ({ signal }) =>
      rows(await get<Page<CampaignVersion>>(`/api/campaigns/${id}/versions`, undefined, signal)),
  });
}

export function campaignVersionQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ["campaign", id, "versions", version],
    queryFn: ({ signal }) => get<ShownVersion>(`/api/campaigns/${id}/versions/${version}`, undefined, signal),
    // What was published never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}
