import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { heldUpQuery, liveFunnelQuery } from "~/api/queries.ts";
import type { Campaign, CampaignCounts } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { progressParts } from "~/components/campaign-bar.tsx";
import { When } from "~/components/time-ago.tsx";
import { count, percent, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { Tile } from "~/ui/tile.tsx";
import { toast } from "~/ui/toast.tsx";
import { CampaignHealth } from "./campaign-health.tsx";
import { FunnelList } from "./funnel-list.tsx";
import { LaunchCheckPanel } from "./launch-check.tsx";
import { SplitResults } from "./split-results.tsx";

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

/** Messages that came due too late: somebody says what becomes of them. */
function Late({ campaign }: { campaign: Campaign }) {
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (decision: "send" | "skip") =>
      post<{ messages: number }>(`/api/campaigns/${campaign.id}/late`, { decision }),
    onSuccess: ({ messages }, decision) => {
      for (const key of ["campaigns", "campaign"]) void client.invalidateQueries({ queryKey: [key] });
      toast(
        decision === "send"
          ? `${plural(messages, "message leaves", "messages leave")} now.`
          : `${plural(messages, "message is", "messages are")} skipped; everybody goes on.`,
      );
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <Callout tone="warn">
      <span className="strong">{plural(campaign.late, "message", "messages")} came due too late</span> because
      sending was not running. Are they still to leave?
      <span className="row row-wrap late-choice">
        <Button small look="primary" busy={decide.isPending} onClick={() => decide.mutate("send")}>
          Send them now
        </Button>
        <Button small busy={decide.isPending} onClick={() => decide.mutate("skip")}>
          Skip them
        </Button>
        <Link className="link" to={paths.campaign(campaign.id, "people")}>
          See the people
        </Link>
      </span>
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
      {campaign.to_review > 0 ? (
        <Callout tone="info">
          <span className="strong">
            {plural(campaign.to_review, "message waits", "messages wait")} for somebody to look over.
          </span>{" "}
          <Link className="link" to={paths.queue}>
            Open the send queue
          </Link>
        </Callout>
      ) : null}
      {campaign.late > 0 ? <Late campaign={campaign} /> : null}
      {campaign.status === "active" && counts.queued > campaign.late ? <HeldUp campaign={campaign} /> : null}
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
      <SplitResults campaign={campaign} />
      <CampaignHealth campaign={campaign} />
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
