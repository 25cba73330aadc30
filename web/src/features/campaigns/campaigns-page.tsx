import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { campaignsQuery } from "~/api/queries.ts";
import type { Campaign, CampaignStatus } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { CampaignBar } from "~/components/campaign-bar.tsx";
import { Page } from "~/components/page.tsx";
import { CampaignBadge } from "~/components/state-badge.tsx";
import { When } from "~/components/time-ago.tsx";
import { count, percent } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useListKeys } from "~/lib/use-list-keys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { buttonClass } from "~/ui/button.tsx";
import { Segmented } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Empty } from "~/ui/states.tsx";
import "./campaigns.css";

const FILTERS: { value: CampaignStatus | ""; label: string }[] = [
  { value: "", label: "All" },
  { value: "active", label: "Running" },
  { value: "paused", label: "Paused" },
  { value: "draft", label: "Drafts" },
  { value: "completed", label: "Completed" },
];

export function CampaignsPage() {
  const [params, setParams] = useSearchParams();
  const status = FILTERS.find((item) => item.value === params.get("status"))?.value ?? "";
  const list = useQuery(campaignsQuery(status));
  const navigate = useNavigate();
  useCommands([
    {
      id: "campaigns.new",
      label: "New campaign",
      group: "Campaigns",
      keys: "c",
      hidden: true,
      run: () => void navigate(paths.newCampaign),
    },
  ]);
  return (
    <Page
      title="Campaigns"
      badges={list.data ? <Badge>{count(list.data.length)}</Badge> : null}
      actions={
        <Link className={buttonClass("primary")} to={paths.newCampaign}>
          <Icon name="plus" />
          New campaign
          <Keys keys="c" />
        </Link>
      }
      flush
    >
      <div className="filters campaign-filters">
        <Segmented
          label="Status"
          value={status}
          options={FILTERS}
          onChange={(value) => setParams(value === "" ? {} : { status: value }, { replace: true })}
        />
      </div>
      <Async of={list}>
        {(campaigns) =>
          campaigns.length > 0 ? (
            <CampaignTable campaigns={campaigns} />
          ) : status === "" ? (
            <Empty
              title="No campaign yet."
              text="A campaign takes people through a funnel: messages, waits, and ways that depend on what they do."
            >
              <Link className={buttonClass("primary")} to={paths.newCampaign}>
                Pick a template
              </Link>
            </Empty>
          ) : (
            <Empty title="No campaign is in this state." text="The others are behind All.">
              <Link className={buttonClass()} to={paths.campaigns}>
                Show all
              </Link>
            </Empty>
          )
        }
      </Async>
    </Page>
  );
}

function CampaignTable({ campaigns }: { campaigns: readonly Campaign[] }) {
  const [active, setActive] = useState(-1);
  const navigate = useNavigate();
  useListKeys({
    id: "campaigns",
    group: "Campaigns",
    length: campaigns.length,
    active,
    move: setActive,
    open: (index) => {
      const campaign = campaigns[index];
      if (campaign) void navigate(paths.campaign(campaign.id));
    },
  });
  return (
    <ul className="campaign-list">
      {campaigns.map((campaign, index) => (
        <li key={campaign.id}>
          <Link
            className={index === active ? "campaign-row campaign-row-active" : "campaign-row"}
            to={paths.campaign(campaign.id)}
          >
            <span className="campaign-name">
              <span className="row">
                <span className="strong clip">{campaign.name}</span>
                <CampaignBadge status={campaign.status} />
              </span>
              <span className="small soft clip">
                {campaign.problem ??
                  [campaign.funnel_name, campaign.funnel_version ? `version ${campaign.funnel_version}` : ""]
                    .filter(Boolean)
                    .join(", ")}
              </span>
            </span>
            <span className="campaign-progress">
              <CampaignBar name={campaign.name} counts={campaign.counts} />
              <span className="small soft">
                {count(campaign.counts.completed + campaign.counts.exited)} of{" "}
                {count(campaign.counts.enrolled)} through
              </span>
            </span>
            <Figure label="Sent" value={count(campaign.counts.sent)} />
            <Figure label="Opened" value={percent(campaign.counts.opened, campaign.counts.sent)} />
            <Figure label="Replied" value={percent(campaign.counts.replied, campaign.counts.enrolled)} />
            <span className="campaign-next small soft">
              {campaign.status === "active" && campaign.next_due_at ? (
                <>
                  Next <When at={campaign.next_due_at} />
                </>
              ) : campaign.started_at ? (
                <>
                  Started <When at={campaign.started_at} />
                </>
              ) : (
                "Not started"
              )}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <span className="figure">
      <span className="strong">{value}</span>
      <span className="tiny soft">{label}</span>
    </span>
  );
}
