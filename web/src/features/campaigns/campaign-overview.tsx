import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { heldUpQuery, liveFunnelQuery } from "~/api/queries.ts";
import type { Campaign, CampaignCounts } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { progressParts } from "~/components/campaign-bar.tsx";
import { When } from "~/components/time-ago.tsx";
import { count, percent, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Bar } from "~/ui/bar.tsx";
import { Callout } from "~/ui/states.tsx";
import { Tile } from "~/ui/tile.tsx";
import { FunnelList } from "./funnel-list.tsx";
import { LaunchCheckPanel } from "./launch-check.tsx";

/** Nothing leaves, and this is why; what the sender's pace holds up for a moment is not worth a word. */
function HeldUp({ campaign }: { campaign: Campaign }) {
  const why = useQuery(heldUpQuery(campaign.id)).data;
  if (!why || why.code === "sender.rate") return null;
  return (
    <Callout tone="info">
      <span className="strong">{plural(campaign.counts.queued, "message waits", "messages wait")}.</span>{" "}
      {why.text}{" "}
      <Link className="link" to={paths.campaign(campaign.id, "people")}>
        See the people
      </Link>
    </Callout>
  );
}

export function CampaignOverview({ campaign }: { campaign: Campaign }) {
  const funnel = useQuery(liveFunnelQuery(campaign.id));
  const { counts } = campaign;
  if (campaign.status === "draft") {
    return (
      <div className="measure-narrow stack">
        <LaunchCheckPanel id={campaign.id} />
      </div>
    );
  }
  return (
    <div className="measure stack">
      {campaign.problem ? <Callout tone="warn">{campaign.problem}</Callout> : null}
      {counts.uncertain > 0 ? (
        <Callout tone="warn">
          {plural(counts.uncertain, "message")} may or may not have left; it is being found out, or you
          decide.{" "}
          <Link className="link" to={paths.inbox("uncertain")}>
            See them
          </Link>
        </Callout>
      ) : null}
      {campaign.status === "active" && counts.queued > 0 ? <HeldUp campaign={campaign} /> : null}
      <div className="tiles">
        <Link className="tile" to={paths.campaign(campaign.id, "people")}>
          <Tile
            label="People"
            value={count(counts.enrolled)}
            note={`${count(counts.active + counts.waiting)} under way`}
          />
        </Link>
        <Counted label="Sent" value={counts.sent} note={`${count(counts.queued)} queued`} />
        <Counted
          label="Opened"
          value={counts.opened}
          note={`${percent(counts.opened, counts.sent)} of sent`}
        />
        <Counted
          label="Clicked"
          value={counts.clicked}
          note={`${percent(counts.clicked, counts.sent)} of sent`}
        />
        <Counted
          label="Replied"
          value={counts.replied}
          note={`${percent(counts.replied, counts.enrolled)} of people`}
        />
        <Counted
          label="Bounced"
          value={counts.bounced}
          note={`${percent(counts.bounced, counts.sent)} of sent`}
        />
        <Counted label="Opted out" value={counts.opted_out} note="Not written to again" />
      </div>
      <section className="panel">
        <div className="panel-head">
          <h2>Where everybody is</h2>
          {campaign.next_due_at && campaign.status === "active" ? (
            <span className="small soft push">
              Next step due <When at={campaign.next_due_at} />
            </span>
          ) : null}
        </div>
        <div className="panel-body stack-2">
          <Bar tall parts={progressParts(counts)} total={counts.enrolled} label="People" />
          <ul className="legend">
            {progressParts(counts).map((part) => (
              <li key={part.label}>
                <i className={`fill-${part.fill}`} />
                {count(part.value)} {part.label}
              </li>
            ))}
          </ul>
        </div>
      </section>
      <section className="panel">
        <div className="panel-head">
          <h2>From sent to answered</h2>
        </div>
        <div className="panel-body">
          <Descent counts={counts} />
        </div>
      </section>
      <section className="panel">
        <div className="panel-head">
          <h2>Steps</h2>
          <Link className="link panel-more" to={paths.campaign(campaign.id, "funnel")}>
            Open the funnel
          </Link>
        </div>
        <Async of={funnel}>{(data) => <FunnelList id={campaign.id} funnel={data} />}</Async>
      </section>
    </div>
  );
}

function Counted({ label, value, note }: { label: string; value: number; note: string }) {
  return (
    <div className="tile">
      <Tile label={label} value={count(value)} note={note} />
    </div>
  );
}

/** Each stage as a share of what was sent, darker the further it goes. */
function Descent({ counts }: { counts: CampaignCounts }) {
  const stages = (
    [
      ["Sent", counts.sent],
      ["Delivered", counts.delivered],
      ["Opened", counts.opened],
      ["Clicked", counts.clicked],
      ["Replied", counts.replied],
    ] as const
  ).filter(([label, value]) => label !== "Delivered" || value > 0);
  return (
    <div className="descent">
      {stages.map(([label, value], index) => (
        <div className="descent-row" key={label}>
          <span className="soft">{label}</span>
          <span className="descent-track">
            <span
              className="descent-fill"
              style={{
                width: counts.sent > 0 ? `${Math.min(100, (value / counts.sent) * 100)}%` : 0,
                background: `var(--seq-${index + 2})`,
              }}
            />
          </span>
          <span className="num strong">{count(value)}</span>
          <span className="num soft">{percent(value, counts.sent)}</span>
        </div>
      ))}
    </div>
  );
}
