import type { Channel } from "~/api/types/channel.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { IconButton } from "~/ui/button.tsx";
import { MinutesField } from "./minutes-field.tsx";
import type { ChannelDraft } from "./reply-draft.ts";

/** Voicemails are spoken to people, not answered by them. */
const CHANNELS: readonly Channel[] = ["email", "sms", "whatsapp", "messenger", "tiktok", "telegram"];

/** Channels with times of their own. */
export function ChannelTimesEditor({
  channels,
  onChange,
}: {
  channels: readonly ChannelDraft[];
  onChange: (channels: ChannelDraft[]) => void;
}) {
  const left = CHANNELS.filter((channel) => !channels.some((one) => one.channel === channel));
  const change = (channel: Channel, part: Partial<ChannelDraft>) =>
    onChange(channels.map((one) => (one.channel === channel ? { ...one, ...part } : one)));
  return (
    <fieldset className="stack-2 channel-times">
      <legend className="label">Channels with times of their own</legend>
      {channels.map(({ channel, first_minutes, later_minutes }) => (
        <div className="channel-line" key={channel}>
          <span className="channel-line-name">
            <ChannelMark channel={channel} label />
          </span>
          <MinutesField
            label={`${channelLabel(channel)}: first answer`}
            name="channels"
            value={first_minutes}
            onChange={(minutes) => change(channel, { first_minutes: minutes })}
          />
          <MinutesField
            label={`${channelLabel(channel)}: later answers`}
            name="channels"
            value={later_minutes}
            onChange={(minutes) => change(channel, { later_minutes: minutes })}
          />
          <IconButton
            icon="trash"
            label={`${channelLabel(channel)} as all others`}
            onClick={() => onChange(channels.filter((one) => one.channel !== channel))}
          />
        </div>
      ))}
      {left.length === 0 ? null : (
        <select
          className="input channel-add"
          aria-label="Add a channel"
          value=""
          onChange={({ target }) => {
            const channel = left.find((one) => one === target.value);
            if (channel) onChange([...channels, { channel, first_minutes: 60, later_minutes: 240 }]);
          }}
        >
          <option value="">Add a channel…</option>
          {left.map((channel) => (
            <option key={channel} value={channel}>
              {channelLabel(channel)}
            </option>
          ))}
        </select>
      )}
    </fieldset>
  );
}
