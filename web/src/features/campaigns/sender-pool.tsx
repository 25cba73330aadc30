import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { sendersQuery } from "~/api/queries.ts";
import type { SenderShare } from "~/api/types/campaigns.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Sender } from "~/api/types/senders.ts";
import { channelLabel } from "~/lib/channel.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { percent } from "./shares.ts";
import "./sender-pool.css";

/** The accounts that a campaign sends from, one group for each channel on which it writes. */
export function SenderPool({
  channels,
  shares,
  assigned,
  onChange,
}: {
  channels: readonly Channel[];
  shares: readonly SenderShare[];
  /** How many people each was given, of a campaign that runs. */
  assigned?: ReadonlyMap<string, number>;
  onChange: (shares: SenderShare[]) => void;
}) {
  const senders = useQuery(sendersQuery);
  if (!senders.data || channels.length === 0) return null;
  const all = senders.data;
  const pooled = channels.filter((channel) => channel !== "telegram");
  return (
    <div className="stack">
      {channels.includes("telegram") ? (
        <fieldset className="pool">
          <legend>Telegram leaves from</legend>
          <p className="small soft">
            The account of each contact&apos;s owner, by the relayer on their own device. A draft waits in the
            send queue until somebody says yes.
          </p>
        </fieldset>
      ) : null}
      {pooled.map((channel) => (
        <Group
          key={channel}
          channel={channel}
          senders={all.filter((sender) => sender.channel === channel)}
          shares={shares}
          assigned={assigned}
          onChange={onChange}
        />
      ))}
    </div>
  );
}

function Group({
  channel,
  senders,
  shares,
  assigned,
  onChange,
}: {
  channel: Channel;
  senders: readonly Sender[];
  shares: readonly SenderShare[];
  assigned: ReadonlyMap<string, number> | undefined;
  onChange: (shares: SenderShare[]) => void;
}) {
  const byId = new Map(senders.map((sender) => [sender.id, sender]));
  const ours = shares.filter((share) => byId.has(share.sender_id));
  const free = senders.filter((sender) => !ours.some((share) => share.sender_id === sender.id));
  const name = channelLabel(channel);
  const add = (id: string) => onChange([...shares, { sender_id: id, weight: 1 }]);
  const remove = (id: string) => onChange(shares.filter((share) => share.sender_id !== id));
  const weigh = (id: string, weight: number) =>
    onChange(shares.map((share) => (share.sender_id === id ? { ...share, weight } : share)));
  return (
    <fieldset className="pool">
      <legend>{name} leaves from</legend>
      {senders.length === 0 ? (
        <p className="small">
          <Link className="link" to={paths.settings("senders")}>
            There is no account for {name} yet. Add one
          </Link>
        </p>
      ) : null}
      {ours.length === 0 && senders[0] ? (
        <p className="small soft">The first account: {senders[0].address}. Choose others below.</p>
      ) : null}
      <ul>
        {ours.map((share) => {
          const sender = byId.get(share.sender_id);
          if (!sender) return null;
          return (
            <li className="pool-line" key={share.sender_id}>
              <span className="grow pool-who">
                <span className="strong">{sender.name}</span>
                <span className="small soft">{sender.address}</span>
              </span>
              {sender.status === "active" ? null : <Badge tone="warn">{sender.status}</Badge>}
              {assigned?.get(share.sender_id) ? (
                <span className="small soft">{assigned.get(share.sender_id)} so far</span>
              ) : null}
              {ours.length > 1 ? (
                <label className="pool-share small">
                  <span className="sr-only">Share of {sender.address}</span>
                  <input
                    className="input"
                    type="number"
                    min={1}
                    max={100}
                    value={share.weight}
                    onChange={({ target }) => weigh(share.sender_id, Number(target.value) || 1)}
                  />
                  <span className="soft">{percent(share, ours)}</span>
                </label>
              ) : null}
              <Button
                small
                look="quiet"
                icon="cross"
                aria-label={`No longer send from ${sender.address}`}
                onClick={() => remove(share.sender_id)}
              />
            </li>
          );
        })}
      </ul>
      {free.length > 0 && senders.length > 1 ? (
        <select
          className="input pool-add"
          aria-label={`Add an account for ${name}`}
          value=""
          onChange={({ target }) => add(target.value)}
        >
          <option value="" disabled>
            {ours.length === 0 ? "Choose an account" : "Add another account"}
          </option>
          {free.map((sender) => (
            <option key={sender.id} value={sender.id}>
              {sender.name}, {sender.address}
              {sender.status === "active" ? "" : ` (${sender.status})`}
            </option>
          ))}
        </select>
      ) : null}
      {ours.length > 1 ? (
        <p className="small soft">
          They take turns with new people, by these shares. Whoever was written to hears from the same account
          again.
        </p>
      ) : null}
    </fieldset>
  );
}
