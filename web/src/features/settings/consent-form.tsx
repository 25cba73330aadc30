import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Settings } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { CHANNELS, channelLabel } from "~/lib/channel.ts";
import { toast } from "~/ui/toast.tsx";

/** On which channels campaigns write only to those who agreed. */
export function ConsentForm({ admin }: { admin: boolean }) {
  const { data } = useQuery(settingsQuery);
  return data ? <Asked key={data.consent_channels.join()} now={data.consent_channels} admin={admin} /> : null;
}

function Asked({ now, admin }: { now: readonly Channel[]; admin: boolean }) {
  const [asked, setAsked] = useState<ReadonlySet<Channel>>(new Set(now));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", { consent_channels: [...asked] }),
    onSuccess: (after) => {
      client.setQueryData(settingsQuery.queryKey, after);
      toast("Saved.");
    },
  });
  const flip = (channel: Channel) => {
    const next = new Set(asked);
    if (!next.delete(channel)) next.add(channel);
    setAsked(next);
  };
  const same = asked.size === now.length && now.every((channel) => asked.has(channel));
  return (
    <Form className="panel" request={save} onSend={save.mutate} aria-labelledby="consent-asked">
      <div className="panel-head">
        <h3 id="consent-asked">Consent</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <fieldset className="stack-2" disabled={!admin}>
          <legend className="soft">Campaigns write only to those who agreed, on these channels:</legend>
          <div className="row row-wrap">
            {CHANNELS.map((channel) => (
              <label className="row consent-choice" key={channel}>
                <input type="checkbox" checked={asked.has(channel)} onChange={() => flip(channel)} />
                {channelLabel(channel)}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="small soft">
          Whoever has not agreed is held in the campaign and goes on once it is written down. What a person
          writes by hand needs no consent; an opt-out stands above everything.
        </p>
        {admin ? (
          <div className="row">
            <Submit disabled={same}>Save consent</Submit>
          </div>
        ) : null}
      </div>
    </Form>
  );
}
