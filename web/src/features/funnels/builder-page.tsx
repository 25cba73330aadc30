import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useParams } from "react-router";
import { funnelQuery } from "~/api/queries.ts";
import type { Funnel } from "~/api/types/funnels.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { FunnelBuilder } from "./builder.tsx";
import { FUNNEL, type Host } from "./host.ts";
import { restore } from "./stored-draft.ts";
import { type Base, BLANK, opened, sameDraft } from "./use-builder.ts";
import "./builder.css";

export function BuilderPage() {
  const { id = "new" } = useParams();
  return id === "new" ? <Opened key="new" host={FUNNEL} first={BLANK} /> : <Existing key={id} id={id} />;
}

function Existing({ id }: { id: string }) {
  // What is edited must be what the server has now, and not what another page saw a minute ago.
  const funnel = useQuery({ ...funnelQuery(id), staleTime: 0, refetchOnMount: "always" });
  const fresh = funnel.isFetchedAfterMount ? funnel.data : undefined;
  return (
    <Async
      of={{ ...funnel, data: fresh, error: fresh ? null : funnel.error }}
      skeleton={
        <Page title="Funnel" back={{ to: paths.funnels, label: "All funnels" }}>
          <div className="skeleton" style={{ height: 68, width: 208, margin: "24px auto" }} />
        </Page>
      }
    >
      {(data: Funnel) => <Opened host={FUNNEL} first={opened(data)} />}
    </Async>
  );
}

/** Holds what was opened first: later answers of the server must not take anything from under the editor's hands. */
export function Opened({ host, first }: { host: Host; first: Base }) {
  const me = useMe();
  const [round, setRound] = useState(() => begin(host.keptAs(me.member.id, first.id), first, 0));
  return (
    <FunnelBuilder
      key={round.number}
      host={host}
      first={round.base}
      restored={round.restored}
      theirs={first}
      onReload={(base) => setRound({ number: round.number + 1, base, restored: null })}
    />
  );
}

function begin(kept: string, base: Base, number: number) {
  const left = restore(kept);
  const restored = left && !sameDraft(left.draft, base.draft) ? left : null;
  // It was made from an older version: saving will find that out and ask.
  return { number, base: restored ? { ...base, version: restored.version } : base, restored };
}
