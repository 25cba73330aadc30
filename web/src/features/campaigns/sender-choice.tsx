import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { sendersQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Sender } from "~/api/types/senders.ts";
import { paths } from "~/paths.ts";
import { SelectField } from "~/ui/field.tsx";

const LABEL: Partial<Record<Channel, { label: string; any: string }>> = {
  email: { label: "E-mail leaves from", any: "The first mailbox" },
  sms: { label: "Texts leave from", any: "The first number" },
};

/** The account that a campaign's messages of one channel leave from. */
export function SenderChoice({
  channel,
  value,
  any,
  onChange,
}: {
  channel: "email" | "sms";
  value: string;
  /** Whether "the first one" can be said instead of naming one. */
  any: boolean;
  onChange: (id: string) => void;
}) {
  const senders = useQuery(sendersQuery);
  const fitting = (senders.data ?? []).filter((sender) => sender.channel === channel);
  const chosen = fitting.find((sender) => sender.id === value);
  const text = LABEL[channel];
  return (
    <SelectField
      label={text?.label ?? channel}
      hint={
        senders.data && fitting.length === 0 ? (
          <Link className="link" to={paths.settings("senders")}>
            There is none yet. Add one
          </Link>
        ) : chosen && chosen.status !== "active" ? (
          `It is ${chosen.status}: nothing leaves until it works again.`
        ) : undefined
      }
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      {any || value === "" ? (
        <option value="" disabled={!any}>
          {any ? (text?.any ?? "Any") : "None chosen"}
        </option>
      ) : null}
      {fitting.map((sender) => (
        <option key={sender.id} value={sender.id}>
          {labelOf(sender)}
        </option>
      ))}
    </SelectField>
  );
}

function labelOf(sender: Sender): string {
  const state = sender.status === "active" ? "" : ` (${sender.status})`;
  return `${sender.name}, ${sender.address}${state}`;
}
