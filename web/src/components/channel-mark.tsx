import type { Channel } from "~/api/types/channel.ts";
import { channelLabel, FAMILY_LABEL, type Family, familyOf } from "~/lib/channel.ts";
import { Icon } from "~/ui/icon.tsx";

export const familyTint = (family: Family): string => `var(--ch-${family})`;

/** The channel by shape and colour; `label` adds the word, otherwise it is read out. */
export function ChannelMark({ channel, label }: { channel: Channel; label?: boolean }) {
  const family = familyOf(channel);
  return (
    <span className="row" title={channelLabel(channel)}>
      <Icon name={family} tint={familyTint(family)} />
      {label ? <span>{channelLabel(channel)}</span> : <span className="sr-only">{FAMILY_LABEL[family]}</span>}
    </span>
  );
}
