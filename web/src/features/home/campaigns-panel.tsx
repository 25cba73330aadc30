import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { campaignsQuery } from "~/api/queries.ts";
import { Async } from "~/components/async.tsx";
import { CampaignBar, doneShare } from "~/components/campaign-bar.tsx";
import { CampaignBadge } from "~/components/state-badge.tsx";
import { count, percent, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";

const SHOWN = 5;

/** The campaigns that run or wait for somebody. */
export function CampaignsPanel() {
  const campaigns = useQuery(campaignsQuery());
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>Campaigns</h2>
        <Link className="link panel-more" to={paths.campaigns}>
          All campaigns
        </Link>
      </div>
      <Async of={campaigns}>
        {(list) => {
          const shown = list.filter((item) => item.status !== "archived").slice(0, SHOWN);
          if (shown.length === 0) {
            return <p className="panel-body small muted">No campaign yet. Pick a template and start one.</p>;
          }
          return (
            <ul>
              {shown.map((item) => (
                <li key={item.id}>
                  <Link className="campaign-line" to={paths.campaign(item.id)}>
                    <span className="row">
                      <span className="strong clip">{item.name}</span>
                      <CampaignBadge status={item.status} />
                      <span className="push small soft">{percent(doneShare(item.counts), 1)}</span>
                    </span>
                    <CampaignBar name={item.name} counts={item.counts} />
                    <span className="small soft">
                      {plural(item.counts.enrolled, "person", "people")}, {count(item.counts.sent)} sent,{" "}
                      {count(item.counts.replied)} replied
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Async>
    </section>
  );
}
