import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { campaignQuery } from "~/api/queries.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { Page } from "~/components/page.tsx";
import { CampaignBadge } from "~/components/state-badge.tsx";
import { CAMPAIGN_TABS, type CampaignTab, paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { CampaignOverview } from "./campaign-overview.tsx";
import { CampaignPeople } from "./campaign-people.tsx";
import { CampaignSettings } from "./campaign-settings.tsx";
import { FunnelTab } from "./funnel-tab.tsx";
import { useCampaignAction } from "./use-campaign-action.ts";
import { VersionsTab } from "./versions/versions-tab.tsx";
import "./campaigns.css";

const TAB_LABEL: Record<CampaignTab, string> = {
  overview: "Overview",
  funnel: "Funnel",
  people: "People",
  versions: "Versions",
  settings: "Settings",
};

export function CampaignPage() {
  const { id = "", tab = "overview" } = useParams();
  const current = CAMPAIGN_TABS.find((item) => item === tab) ?? "overview";
  const campaign = useQuery(campaignQuery(id));
  return (
    <Page
      title={campaign.data?.name ?? "Campaign"}
      back={{ to: paths.campaigns, label: "Back to the campaigns" }}
      badges={campaign.data ? <CampaignBadge status={campaign.data.status} /> : null}
      actions={campaign.data ? <Actions campaign={campaign.data} /> : null}
      tabs={
        <nav className="tabs" aria-label="Parts of the campaign">
          {CAMPAIGN_TABS.map((item) => (
            <Link
              key={item}
              to={paths.campaign(id, item)}
              aria-current={item === current ? "page" : undefined}
            >
              {TAB_LABEL[item]}
            </Link>
          ))}
        </nav>
      }
      flush={current === "funnel" || current === "people"}
    >
      <Async of={campaign}>
        {(data) => {
          if (current === "funnel") return <FunnelTab campaign={data} />;
          if (current === "people") return <CampaignPeople campaign={data} />;
          if (current === "versions") return <VersionsTab campaign={data} />;
          if (current === "settings") return <CampaignSettings campaign={data} />;
          return <CampaignOverview campaign={data} />;
        }}
      </Async>
    </Page>
  );
}

function Actions({ campaign }: { campaign: Campaign }) {
  return (
    <>
      <Duplicate campaign={campaign} />
      <Run campaign={campaign} />
    </>
  );
}

function Duplicate({ campaign }: { campaign: Campaign }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const copy = useMutation({
    mutationFn: () => post<Campaign>(`/api/campaigns/${campaign.id}/clone`),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["campaigns"] });
      void navigate(paths.campaign(made.id));
      toast("A draft with the same steps, audience and settings. This is the copy.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <Button icon="copy" busy={copy.isPending} onClick={() => copy.mutate()}>
      Duplicate
    </Button>
  );
}

function Run({ campaign }: { campaign: Campaign }) {
  const [asking, setAsking] = useState(false);
  const act = useCampaignAction(campaign.id);
  if (campaign.status === "active") {
    return (
      <Button icon="pause" busy={act.isPending} onClick={() => act.mutate("pause")}>
        Pause
      </Button>
    );
  }
  if (campaign.status === "paused") {
    return (
      <>
        <Button
          icon="play"
          look="primary"
          busy={act.isPending}
          onClick={() => (campaign.problem ? setAsking(true) : act.mutate("resume"))}
        >
          Resume
        </Button>
        {asking ? (
          <ConfirmDialog
            title="Resume it all the same?"
            verb="Resume"
            keep="Leave it paused"
            look="primary"
            request={act}
            onConfirm={() => act.mutate("resume", { onSuccess: () => setAsking(false) })}
            onClose={() => setAsking(false)}
          >
            <p>{campaign.problem}.</p>
            <p className="soft">
              What went wrong so far no longer counts: a fresh sample begins, and the campaign pauses again if
              that passes a threshold too. A sender that paused is resumed under Settings, Senders.
            </p>
          </ConfirmDialog>
        ) : null}
      </>
    );
  }
  return null;
}
