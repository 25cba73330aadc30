import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { campaignsQuery, deadLettersQuery, statsQuery } from "~/api/queries.ts";
import type { Stats } from "~/api/types/home.ts";
import { ActivityLine } from "~/components/activity.tsx";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { Score } from "~/components/score-strip.tsx";
import { touchesOfActivity } from "~/components/timeline-score.ts";
import { useNow } from "~/lib/clock.ts";
import { count, longDate, percent, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout, Skeleton } from "~/ui/states.tsx";
import { Tile } from "~/ui/tile.tsx";
import { CampaignsPanel } from "./campaigns-panel.tsx";
import { HourBars } from "./hour-bars.tsx";
import { SetupChecklist } from "./setup-checklist.tsx";
import { WaitingPanel } from "./waiting-panel.tsx";
import "./home.css";

export function HomePage() {
  const me = useMe();
  const now = useNow();
  const stats = useQuery(statsQuery);
  return (
    <Page
      title="Home"
      badges={<span className="small muted hide-phone">{longDate(now, me.workspace.time_zone)}</span>}
      actions={
        <Link className={buttonClass("primary")} to={paths.newCampaign}>
          <Icon name="plus" />
          New campaign
        </Link>
      }
      flush
    >
      <div className="home">
        <div className="home-main">
          <Async of={stats} skeleton={<Skeleton lines={8} />}>
            {(data) => <Today stats={data} zone={me.workspace.time_zone} />}
          </Async>
        </div>
        <aside className="home-side" aria-label="Activity">
          <Async of={stats}>{(data) => <Activity stats={data} />}</Async>
        </aside>
      </div>
    </Page>
  );
}

function Today({ stats, zone }: { stats: Stats; zone: string }) {
  const campaigns = useQuery(campaignsQuery());
  const dead = useQuery(deadLettersQuery).data?.length ?? 0;
  return (
    <>
      <SetupChecklist
        stats={stats}
        started={(campaigns.data ?? []).some((item) => item.status !== "draft")}
      />
      {dead > 0 ? (
        <Callout tone="warn">
          {plural(dead, "thing that came in", "things that came in")} could not be used.{" "}
          <Link className="link" to={`${paths.jobs}?tab=dead`}>
            See why
          </Link>
        </Callout>
      ) : null}
      <div className="tiles">
        <Link className="tile" to={paths.inbox("unread")}>
          <Tile
            label="Replies waiting"
            value={count(stats.waiting_replies)}
            note={stats.waiting_replies === 0 ? "All answered" : "Open the inbox"}
          />
        </Link>
        <Link className="tile" to={paths.inbox("uncertain")}>
          <Tile
            label="To decide"
            value={count(stats.uncertain)}
            note={stats.uncertain === 0 ? "Nothing uncertain" : "May or may not have left"}
          />
        </Link>
        <div className="tile">
          <Tile label="Sent today" value={count(stats.sent_today)} note={`${count(stats.queued)} queued`} />
        </div>
        <div className="tile">
          <Tile
            label="Answered"
            value={count(stats.replied)}
            note={`${percent(stats.replied, stats.messaged)} of ${count(stats.messaged)} people`}
          />
        </div>
        <div className="tile">
          <Tile label="Bounced" value={count(stats.bounced)} note="Not written to again" />
        </div>
        <Link className="tile" to={paths.settings("suppression")}>
          <Tile label="Opted out" value={count(stats.opted_out)} note="See the list" />
        </Link>
      </div>
      <div className="home-pair">
        <WaitingPanel />
        <CampaignsPanel />
      </div>
      <HourBars hours={stats.by_hour} zone={zone} />
    </>
  );
}

function Activity({ stats }: { stats: Stats }) {
  const touches = touchesOfActivity(stats.recent);
  return (
    <>
      <section className="home-score">
        <h2>Score</h2>
        <Score events={touches} width={308} />
      </section>
      <section>
        <h2 className="home-side-title">What just happened</h2>
        {stats.recent.length === 0 ? (
          <p className="small muted home-side-empty">
            Every message, answer and opt-out will appear here as it happens.
          </p>
        ) : (
          <ul className="feed">
            {stats.recent.map((item) => (
              <ActivityLine key={item.id} item={item} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}
