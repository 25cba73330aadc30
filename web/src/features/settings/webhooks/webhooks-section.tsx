import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Webhook } from "~/api/types/webhooks.ts";
import { webhooksQuery } from "~/api/webhook-queries.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { TimeAgo } from "~/components/time-ago.tsx";
import { count, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { healthOf } from "./health.ts";
import { WebhookDialog } from "./webhook-dialog.tsx";
import { WebhookView } from "./webhook-view.tsx";
import "./webhooks.css";

/** Programs that are told what happens here. Only for admins. */
export function WebhooksSection() {
  const me = useMe();
  if (me.member.role !== "admin")
    return <Callout>Webhooks are for admins. Ask one of them if a program has to be told something.</Callout>;
  return <Webhooks />;
}

function Webhooks() {
  const me = useMe();
  const [params] = useSearchParams();
  const webhooks = useQuery(webhooksQuery);
  const [adding, setAdding] = useState(false);
  const one = params.get("webhook");
  return (
    <Async of={webhooks}>
      {({ data, kinds }) => {
        const shown = one === null ? undefined : data.find(({ id }) => id === one);
        if (shown) return <WebhookView webhook={shown} kinds={kinds} />;
        return (
          <>
            <div className="row row-wrap">
              <p className="soft grow">
                Your own programs are told what happens here: a signed request to an address of yours, tried
                again until it is taken.
              </p>
              {data.length > 0 ? (
                <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
                  Add a webhook
                </Button>
              ) : null}
            </div>
            {me.workspace.send_mode === "sandbox" ? (
              <Callout tone="info">
                In sandbox mode messages reach no real person, but webhooks are really called, so that you can
                try them.
              </Callout>
            ) : null}
            {one !== null ? <Callout>This webhook is not there any more.</Callout> : null}
            {data.length === 0 ? (
              <Empty
                title="No webhook yet."
                text="Let your CRM or a program of yours know of answers, opt-outs and finished campaigns."
              >
                <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
                  Add the first one
                </Button>
              </Empty>
            ) : (
              <ul className="panel">
                {data.map((webhook) => (
                  <WebhookLine key={webhook.id} webhook={webhook} />
                ))}
              </ul>
            )}
            {adding ? <WebhookDialog webhook={null} kinds={kinds} onClose={() => setAdding(false)} /> : null}
          </>
        );
      }}
    </Async>
  );
}

function WebhookLine({ webhook }: { webhook: Webhook }) {
  const health = healthOf(webhook);
  return (
    <li className="hook">
      <div className="hook-head">
        <Link className="strong hook-url" to={`${paths.settings("webhooks")}?webhook=${webhook.id}`}>
          {webhook.description || webhook.url}
        </Link>
        <Badge tone={health.tone}>{health.text}</Badge>
      </div>
      {webhook.description ? <span className="small soft hook-url">{webhook.url}</span> : null}
      <div className="limits">
        <span>Told of {plural(webhook.kinds.length, "kind")} of news</span>
        {webhook.succeeded_at ? (
          <span>
            Last delivered <TimeAgo at={webhook.succeeded_at} />
          </span>
        ) : (
          <span>Nothing delivered yet</span>
        )}
        {webhook.pending > 0 ? <span>{count(webhook.pending)} waiting</span> : null}
        {webhook.failed > 0 ? <span>{count(webhook.failed)} given up</span> : null}
      </div>
      {webhook.problem ? <Callout tone="bad">{webhook.problem}. It was switched off.</Callout> : null}
    </li>
  );
}
