import type { Suppression } from "~/api/types/contacts.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { When } from "~/components/time-ago.tsx";
import { words } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { isErased, nameOf } from "./erased-address.ts";

/** One address that nothing is sent to: by which channel, why and since when. */
export function SuppressionLine({
  entry,
  onRemove,
}: {
  entry: Suppression;
  /** Nothing where the reader may not. */
  onRemove: (() => void) | null;
}) {
  const { channel, value, reason, created_at } = entry;
  return (
    <li className="suppressed">
      <div className="suppressed-what">
        {isErased(entry) ? (
          <span className="soft">An erased address</span>
        ) : (
          <span className="suppressed-address">{value}</span>
        )}
        <div className="small soft suppressed-why">
          {channel === "all" ? (
            <span className="row">
              <Icon name="stop" />
              Any channel
            </span>
          ) : (
            <ChannelMark channel={channel} label />
          )}
          {reason ? <span>{words(reason)}</span> : null}
        </div>
      </div>
      <span className="small soft suppressed-since">
        Since <When at={created_at} />
      </span>
      {onRemove ? (
        <Button small look="quiet" aria-label={`Remove ${nameOf(entry)}`} onClick={onRemove}>
          Remove
        </Button>
      ) : null}
    </li>
  );
}
