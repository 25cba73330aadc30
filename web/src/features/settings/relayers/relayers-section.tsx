import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { relayersQuery } from "~/api/access-queries.ts";
import type { Relayer } from "~/api/types/relayers.ts";
import { Async } from "~/components/async.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { CreateRelayerDialog } from "./create-relayer-dialog.tsx";
import { PairRelayerDialog } from "./pair-relayer-dialog.tsx";
import { RelayerLine } from "./relayer-line.tsx";
import { RevokeRelayerDialog } from "./revoke-relayer-dialog.tsx";
import { isAtWork } from "./state.ts";
import "../keys/keys.css";

/** The devices that carry my messages; an admin sees those of the others too. */
export function RelayersSection() {
  const relayers = useQuery(relayersQuery);
  const age = useWallClock() - relayers.dataUpdatedAt;
  const [making, setMaking] = useState(false);
  const [pairing, setPairing] = useState(false);
  const [revoking, setRevoking] = useState<Relayer | null>(null);
  return (
    <>
      <Async of={relayers}>
        {(list) => {
          const mine = list.filter((relayer) => relayer.yours);
          const others = list.filter((relayer) => !relayer.yours);
          return (
            <>
              {mine.length === 0 ? (
                <NoRelayer onMake={() => setMaking(true)} onPair={() => setPairing(true)} />
              ) : (
                <>
                  <div className="row row-wrap">
                    <p className="soft grow">
                      Your devices that carry messages for you, each with a key of its own.
                    </p>
                    <Button onClick={() => setPairing(true)}>Pair a computer</Button>
                    <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
                      New relayer
                    </Button>
                  </div>
                  <Devices
                    id="my-relayers"
                    title={plural(mine.length, "device")}
                    relayers={mine}
                    age={age}
                    onRevoke={setRevoking}
                  />
                </>
              )}
              {others.length > 0 ? (
                <Devices
                  id="their-relayers"
                  title="Devices of other people"
                  relayers={others}
                  age={age}
                  onRevoke={setRevoking}
                />
              ) : null}
              <Callout>
                What you approve in the <Link to={paths.queue}>send queue</Link> for Telegram leaves by the
                first of your devices that asks for it. Each message is lent to one device, once.
              </Callout>
            </>
          );
        }}
      </Async>
      {making ? <CreateRelayerDialog onClose={() => setMaking(false)} /> : null}
      {pairing ? <PairRelayerDialog onClose={() => setPairing(false)} /> : null}
      {revoking ? <RevokeRelayerDialog relayer={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

function NoRelayer({ onMake, onPair }: { onMake: () => void; onPair: () => void }) {
  return (
    <Empty
      title="No device carries messages for you."
      text="A relayer is a device of yours, or an extension in its browser, that carries your Telegram messages from your own account once they are approved. It signs in with a key that opens nothing else."
    >
      <Button look="primary" icon="plus" onClick={onMake}>
        Connect your first device
      </Button>
      <Button onClick={onPair}>Pair a computer</Button>
    </Empty>
  );
}

function Devices({
  id,
  title,
  relayers,
  age,
  onRevoke,
}: {
  id: string;
  title: string;
  relayers: readonly Relayer[];
  /** How long ago the server was asked, in milliseconds. */
  age: number;
  onRevoke: (relayer: Relayer) => void;
}) {
  const atWork = relayers.filter((relayer) => isAtWork(relayer, age)).length;
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h3 id={id}>{title}</h3>
        {relayers.length > 1 ? <span className="push small soft">{atWork} at work</span> : null}
      </div>
      <ul>
        {relayers.map((relayer) => (
          <RelayerLine key={relayer.id} relayer={relayer} age={age} onRevoke={() => onRevoke(relayer)} />
        ))}
      </ul>
    </section>
  );
}
