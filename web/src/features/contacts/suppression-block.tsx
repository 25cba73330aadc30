import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { del, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { suppressionsOfQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Contact, Suppression } from "~/api/types/contacts.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { useMe } from "~/components/me.ts";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** Per address: may it be written to. The guard of every send asks the same list. */
export function SuppressionBlock({ contact }: { contact: Contact }) {
  const client = useQueryClient();
  const admin = useMe().member.role === "admin";
  const lists = useQueries({
    queries: [contact.email, contact.phone].map((value) => suppressionsOfQuery(value ?? "")),
  });
  const listed = lists.flatMap(({ data }) => data ?? []);
  const changed = () => {
    for (const key of ["contact", "contacts", "suppressions", "timeline"]) {
      void client.invalidateQueries({ queryKey: [key] });
    }
  };
  const suppress = useMutation({
    mutationFn: (entry: { channel: Channel; value: string }) =>
      post<Suppression>("/api/suppressions", { ...entry, reason: "Set by hand" }),
    onSuccess: (done) => {
      changed();
      toast(
        done.in_flight
          ? `Nothing more goes there. ${plural(done.in_flight, "message")} had already left.`
          : "Nothing more goes there.",
      );
    },
    onError: (error) => toast(messageOf(error)),
  });
  const allow = useMutation({
    mutationFn: (entry: Suppression) => del(`/api/suppressions/${entry.id}`),
    onSuccess: changed,
    onError: (error) => toast(messageOf(error)),
  });
  const rows: { channel: Channel; value: string | null }[] = [
    { channel: "email", value: contact.email },
    { channel: "sms", value: contact.phone },
  ];
  return (
    <section className="side-block">
      <h2>May we write</h2>
      {rows.map(({ channel, value }) => {
        const entry = listed.find(
          (item) =>
            (item.channel === channel || item.channel === "all") &&
            value !== null &&
            item.value.toLowerCase() === value.toLowerCase(),
        );
        const suppressed =
          contact.suppressed.includes(channel) || contact.suppressed.includes("all") || entry !== undefined;
        return (
          <div className="suppress-row" key={channel}>
            <ChannelMark channel={channel} label />
            <span className={suppressed ? "field-error" : "soft small"}>
              {value === null ? "no address" : suppressed ? (entry?.reason ?? "suppressed") : "yes"}
            </span>
            <span className="push" />
            {value !== null && !suppressed ? (
              <Button
                small
                look="quiet"
                busy={suppress.isPending}
                onClick={() => suppress.mutate({ channel, value })}
              >
                Suppress
              </Button>
            ) : null}
            {entry && admin ? (
              <Button small look="quiet" busy={allow.isPending} onClick={() => allow.mutate(entry)}>
                Allow again
              </Button>
            ) : null}
          </div>
        );
      })}
    </section>
  );
}
