import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { consentsQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Consent, Consents, Contact } from "~/api/types/contacts.ts";
import { When } from "~/components/time-ago.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { ConsentDialog } from "./consent-dialog.tsx";

/** The newest record of each channel. */
export function newest(consents: Consents): Consent[] {
  const seen = new Set<Channel>();
  return consents.data.filter(({ channel }) => !seen.has(channel) && seen.add(channel));
}

export function stateOf(consent: Consent, holds: boolean | undefined): "Agreed" | "Ran out" | "Taken back" {
  if (holds) return "Agreed";
  return consent.state === "given" ? "Ran out" : "Taken back";
}

/** On which channels somebody agreed to be written to, and how we know. */
export function ConsentBlock({ contact }: { contact: Contact }) {
  const { data } = useQuery(consentsQuery(contact.id));
  const [asking, setAsking] = useState(false);
  const [all, setAll] = useState(false);
  const shown = data ? (all ? data.data : newest(data)) : [];
  return (
    <section className="side-block">
      <h2>Consent</h2>
      {data && shown.length === 0 ? <p className="small soft">Nothing is written down.</p> : null}
      {shown.map((consent) => (
        <ConsentLine
          key={consent.id}
          consent={consent}
          state={
            all && consent.state === "given"
              ? "Agreed"
              : stateOf(consent, !all && data?.holds[consent.channel])
          }
        />
      ))}
      <div className="chips">
        <Button small look="quiet" icon="plus" onClick={() => setAsking(true)}>
          Add consent
        </Button>
        {data && data.data.length > newest(data).length ? (
          <Button small look="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? "Only the last" : `All ${data.data.length}`}
          </Button>
        ) : null}
      </div>
      {asking ? <ConsentDialog contact={contact} onClose={() => setAsking(false)} /> : null}
    </section>
  );
}

function ConsentLine({ consent, state }: { consent: Consent; state: string }) {
  return (
    <div className="consent-line">
      <div className="row">
        <span className="small">{channelLabel(consent.channel)}</span>
        <Badge tone={state === "Agreed" ? "good" : "warn"}>{state}</Badge>
        <span className="push" />
        <span className="tiny muted">
          <When at={consent.at} />
        </span>
      </div>
      <p className="small soft">
        {consent.source}
        {consent.member_name ? `, written down by ${consent.member_name}` : ""}
        {consent.expires_at ? (
          <>
            , until <When at={consent.expires_at} />
          </>
        ) : null}
      </p>
      {consent.proof ? <p className="tiny muted consent-proof">{consent.proof}</p> : null}
    </div>
  );
}
