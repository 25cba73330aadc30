import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { campaignHealthQuery } from "~/api/queries.ts";
import type { Campaign, Harm, HarmCount } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { When } from "~/components/time-ago.tsx";
import { count, percent, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { perHundred } from "./per-hundred.ts";

const WHAT: Record<Harm, { title: string; one: string }> = {
  bounced: { title: "Came back", one: "Came back" },
  complained: { title: "Marked as spam", one: "Marked as spam" },
  opted_out: { title: "Opted out", one: "Opted out" },
};

/** What went wrong with its messages, and how far it is from pausing by itself. */
export function CampaignHealth({ campaign }: { campaign: Campaign }) {
  const health = useQuery(campaignHealthQuery(campaign.id));
  return (
    <section className="panel" aria-labelledby="campaign-health">
      <div className="panel-head">
        <h2 id="campaign-health">How it is received</h2>
        <Link className="link panel-more" to={paths.settings("sending")}>
          Thresholds
        </Link>
      </div>
      <Async of={health}>
        {(data) => (
          <div className="panel-body stack">
            <p className="soft">
              Of {plural(data.tried, "message")}
              {data.since ? (
                <>
                  {" "}
                  since <When at={data.since} />
                </>
              ) : null}
              . Past a threshold the campaign, and the sender, pause by themselves.
            </p>
            <ul className="health">
              {data.counts.map((one) => (
                <Line key={one.harm} one={one} tried={data.tried} />
              ))}
            </ul>
            {data.messages.length > 0 ? (
              <details open={campaign.problem !== null}>
                <summary>Which messages</summary>
                <ul className="health-messages">
                  {data.messages.map((message) => (
                    <li
                      key={`${message.kind} ${message.at} ${message.contact_id} ${message.conversation_id}`}
                    >
                      <span className="strong">
                        {message.contact_id ? (
                          <Link className="link" to={paths.contact(message.contact_id)}>
                            {message.contact_name ?? "No name"}
                          </Link>
                        ) : (
                          (message.contact_name ?? "Somebody who was deleted")
                        )}
                      </span>
                      <span className="small soft">
                        {WHAT[message.kind].one} <When at={message.at} />
                        {message.text && message.kind !== "opted_out" ? `: ${message.text}` : ""}
                      </span>
                    </li>
                  ))}
                </ul>
              </details>
            ) : null}
          </div>
        )}
      </Async>
    </section>
  );
}

function Line({ one, tried }: { one: HarmCount; tried: number }) {
  return (
    <li className={one.is_passed ? "health-passed" : undefined}>
      <span>{WHAT[one.harm].title}</span>
      <span className="num strong">{count(one.messages)}</span>
      <span className="num">{tried > 0 ? percent(one.messages, tried) : ""}</span>
      <span className="small soft">
        pauses above {perHundred(one.most_per_10000)} of at least {count(one.sample)}
      </span>
    </li>
  );
}
