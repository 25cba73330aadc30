import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { campaignQuery } from "~/api/queries.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import { remember } from "~/lib/storage.ts";
import { toast } from "~/ui/toast.tsx";

export type CampaignAction = "start" | "pause" | "resume" | "archive";

const DONE: Record<CampaignAction, string> = {
  start: "The campaign is running.",
  pause: "Paused. Nothing of it leaves until you resume.",
  resume: "Running again where it stopped.",
  archive: "Archived.",
};

/** Moves a campaign to another state; every place that shows it follows. */
export function useCampaignAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: CampaignAction) => post<Campaign>(`/api/campaigns/${id}/${action}`),
    onSuccess: (campaign, action) => {
      if (action === "start") remember("overture.did.campaign", "yes");
      client.setQueryData(campaignQuery(id).queryKey, campaign);
      for (const key of ["campaign", "campaigns", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(DONE[action]);
    },
    onError: (error) => toast(messageOf(error)),
  });
}
