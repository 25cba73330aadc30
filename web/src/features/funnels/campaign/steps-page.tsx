import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useParams } from "react-router";
import { campaignDraftQuery } from "~/api/campaign-version-queries.ts";
import { campaignQuery } from "~/api/queries.ts";
import type { CampaignDraft } from "~/api/types/campaign-versions.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { Skeleton } from "~/ui/states.tsx";
import { Opened } from "../builder-page.tsx";
import type { Host } from "../host.ts";
import { StepsActions } from "./steps-actions.tsx";
import { steps, useSaveSteps } from "./use-save-steps.ts";
import "../builder.css";
import "./publish.css";

/** Changing the steps of a campaign, in the builder of funnels. */
export function CampaignStepsPage() {
  const { id = "" } = useParams();
  const campaign = useQuery(campaignQuery(id));
  // What is edited must be what the server has now, and not what another page saw a minute ago.
  const draft = useQuery({ ...campaignDraftQuery(id), staleTime: 0, refetchOnMount: "always" });
  const fresh = draft.isFetchedAfterMount ? draft.data : undefined;
  const both = campaign.data && fresh ? { campaign: campaign.data, draft: fresh } : undefined;
  return (
    <Async
      of={{ ...draft, data: both, error: both ? null : (campaign.error ?? draft.error) }}
      skeleton={
        <Page title="Steps" back={{ to: paths.campaign(id, "funnel"), label: "Back to the campaign" }}>
          <Skeleton lines={6} />
        </Page>
      }
    >
      {(data) => <Steps {...data} />}
    </Async>
  );
}

function Steps({ campaign, draft }: { campaign: Campaign; draft: CampaignDraft }) {
  const host = useMemo(() => hostOf(campaign), [campaign]);
  return <Opened host={host} first={steps(campaign.id, campaign.name, draft)} />;
}

function hostOf({ id, version, status }: Campaign): Host {
  return {
    back: { to: paths.campaign(id, "funnel"), label: "Back to the campaign" },
    words: {
      this: "these steps",
      numbered: (edit) => (edit === 0 ? "the steps as they run" : `change ${edit}`),
      save: "Save draft",
      copy: "Save mine as a funnel",
    },
    badge: () => (status === "draft" ? "Not started" : `Draft of version ${version + 1}`),
    isNamed: false,
    keptAs: (member, campaign) => `overture.steps.${member}.${campaign}`,
    useSave: useSaveSteps,
    Actions: StepsActions,
  };
}
