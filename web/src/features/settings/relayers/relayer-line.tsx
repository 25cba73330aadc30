import type { Relayer } from "~/api/types/relayers.ts";
import { Moment } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { seenText, stateOf } from "./state.ts";

/** One device: whose it is, and whether it is there. */
export function RelayerLine({
  relayer,
  age,
  onRevoke,
}: {
  relayer: Relayer;
  /** How long ago the server was asked, in milliseconds. */
  age: number;
  onRevoke: () => void;
}) {
  const now = useWallClock();
  const { name, prefix, yours, member_name, created_at, last_seen_at } = relayer;
  const { tone, text } = stateOf(relayer, age);
  return (
    <li className="key">
      <div className="key-what">
        <div className="row row-wrap">
          <span className="strong key-name">{name}</span>
          <Badge tone={tone}>{text}</Badge>
          {yours ? null : <span className="small soft">of {member_name}</span>}
        </div>
        <div className="small soft key-facts">
          <code title="How the key begins">{prefix}…</code>
        </div>
      </div>
      <div className="small soft key-times">
        {last_seen_at ? (
          <Moment at={last_seen_at}>{seenText(last_seen_at, now)}</Moment>
        ) : (
          <span>{seenText(null, now)}</span>
        )}
        <span>
          Made <Moment at={created_at}>{exactDay(created_at, now)}</Moment>
        </span>
      </div>
      <Button small look="quiet" aria-label={`Revoke ${name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}
