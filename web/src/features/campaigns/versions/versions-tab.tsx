import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { campaignVersionQuery, campaignVersionsQuery } from "~/api/campaign-version-queries.ts";
import { post } from "~/api/client.ts";
import type { CampaignDraft, CampaignVersion } from "~/api/types/campaign-versions.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { ChangeList } from "~/components/funnel/change-list.tsx";
import { useMembers } from "~/components/owner.tsx";
import { When } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Callout, Skeleton } from "~/ui/states.tsx";
import { isOver } from "../funnel-tab.tsx";
import { DiffPicture } from "./diff-picture.tsx";
import "~/components/funnel/canvas.css";
import "./versions.css";

/** The versions that a campaign's steps have had, what each of them changed, and the way back. */
export function VersionsTab({ campaign }: { campaign: Campaign }) {
  const versions = useQuery(campaignVersionsQuery(campaign.id));
  const [chosen, setChosen] = useState<number | null>(null);
  return (
    <div className="page-body stack">
      {campaign.has_draft ? (
        <Callout tone="info">
          Changes wait as a draft of version {campaign.version + 1}.{" "}
          <Link className={buttonClass("plain", true)} to={paths.campaignSteps(campaign.id)}>
            Open the draft
          </Link>
        </Callout>
      ) : null}
      <Async of={versions} skeleton={<Skeleton lines={6} height={24} />}>
        {(list) => {
          const shown = chosen ?? campaign.version;
          return (
            <div className="versions">
              <ol className="panel version-list" aria-label="Versions, newest first">
                {list.map((version) => (
                  <li key={version.version}>
                    <VersionLine
                      version={version}
                      isLive={version.version === campaign.version}
                      isShown={version.version === shown}
                      onShow={() => setChosen(version.version)}
                    />
                  </li>
                ))}
              </ol>
              <Comparison key={shown} campaign={campaign} version={shown} />
            </div>
          );
        }}
      </Async>
    </div>
  );
}

function VersionLine({
  version,
  isLive,
  isShown,
  onShow,
}: {
  version: CampaignVersion;
  isLive: boolean;
  isShown: boolean;
  onShow: () => void;
}) {
  const author = useMembers().find(({ id }) => id === version.author_id)?.name;
  return (
    <button type="button" className="version-line" aria-pressed={isShown} onClick={onShow}>
      <span className="row">
        <span className="strong">Version {version.version}</span>
        {isLive ? <Badge tone="good">Live</Badge> : null}
        <span className="small soft push">
          <When at={version.published_at} />
        </span>
      </span>
      {version.note ? <span className="clip">{version.note}</span> : null}
      <span className="small soft">
        {[
          author ? `by ${author}` : "",
          version.people > 0 ? `${plural(version.people, "person", "people")} in it now` : "nobody in it now",
          version.stayed > 0 ? `${version.stayed} stayed behind` : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </button>
  );
}

function Comparison({ campaign, version }: { campaign: Campaign; version: number }) {
  const shown = useQuery(campaignVersionQuery(campaign.id, version));
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const restore = useMutation({
    mutationFn: () => post<CampaignDraft>(`/api/campaigns/${campaign.id}/versions/${version}/restore`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["campaign", campaign.id] });
      void navigate(paths.campaignSteps(campaign.id));
    },
  });
  return (
    <section className="panel version-shown" aria-label={`What version ${version} changed`}>
      <Async of={shown}>
        {(data) => (
          <div className="stack">
            <div className="row">
              <h2 className="grow">
                {data.with === null ? "As it began" : `Version ${data.with} to ${version}`}
              </h2>
              {version === campaign.version || isOver(campaign) ? null : (
                <Button icon="undo" onClick={() => setAsking(true)}>
                  Bring back version {version}
                </Button>
              )}
            </div>
            <DiffPicture before={data.before} after={data.graph} changes={data.changes} />
            {data.with !== null && data.changes.length === 0 ? (
              <p className="soft">Only names, or places on the canvas.</p>
            ) : (
              <ChangeList changes={data.changes} before={data.before} after={data.graph} />
            )}
          </div>
        )}
      </Async>
      {asking ? (
        <ConfirmDialog
          title={`Bring back version ${version}?`}
          verb="Open it as a draft"
          look="primary"
          request={restore}
          onConfirm={() => restore.mutate()}
          onClose={() => setAsking(false)}
        >
          Its steps become the draft{campaign.has_draft ? ", in place of the one that is there" : ""}. Nothing
          changes for anybody before you publish it.
        </ConfirmDialog>
      ) : null}
    </section>
  );
}
