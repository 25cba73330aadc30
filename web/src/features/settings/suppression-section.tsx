import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, post } from "~/api/client.ts";
import { suppressionsQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Suppression } from "~/api/types/contacts.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { TimeAgo } from "~/components/time-ago.tsx";
import { plural, words } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { SearchField, SelectField, TextField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";

/** Who is never written to. Opt-outs and bounces come here by themselves. */
export function SuppressionSection() {
  const admin = useMe().member.role === "admin";
  const list = useQuery(suppressionsQuery);
  const [search, setSearch] = useState("");
  const [removing, setRemoving] = useState<Suppression | null>(null);
  return (
    <>
      <p className="soft">
        Addresses and numbers that nothing is sent to, checked again at the moment of every send.
      </p>
      <AddForm />
      {admin ? null : <AdminsOnly to="take an entry off this list" />}
      <Async of={list}>
        {(entries) => {
          const shown = entries.filter((entry) =>
            entry.value.toLowerCase().includes(search.trim().toLowerCase()),
          );
          return (
            <section className="panel">
              <div className="panel-head">
                <h3>{plural(entries.length, "entry", "entries")}</h3>
                <div className="push">
                  <SearchField label="Search" value={search} onChange={setSearch} />
                </div>
              </div>
              {shown.length === 0 ? (
                entries.length === 0 ? (
                  <Empty
                    title="Nobody has opted out."
                    text="Opt-outs, complaints and hard bounces appear here by themselves."
                  />
                ) : (
                  <Empty title="No entry matches.">
                    <Button onClick={() => setSearch("")}>Clear the search</Button>
                  </Empty>
                )
              ) : (
                <div className="scroll-x">
                  <table className="table">
                    <thead>
                      <tr>
                        <th>Channel</th>
                        <th>Address</th>
                        <th>Reason</th>
                        <th className="num">Since</th>
                        {admin ? (
                          <th>
                            <span className="sr-only">Remove</span>
                          </th>
                        ) : null}
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((entry) => (
                        <EntryRow
                          key={entry.id}
                          entry={entry}
                          onRemove={admin ? () => setRemoving(entry) : null}
                        />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </section>
          );
        }}
      </Async>
      {removing ? <RemoveDialog entry={removing} onClose={() => setRemoving(null)} /> : null}
    </>
  );
}

/** Of an address that was erased only a fingerprint is left. */
const isErased = ({ value }: Suppression) => value.startsWith("erased:");

const nameOf = (entry: Suppression) => (isErased(entry) ? "an erased address" : entry.value);

function EntryRow({ entry, onRemove }: { entry: Suppression; onRemove: (() => void) | null }) {
  return (
    <tr>
      <td>{entry.channel === "all" ? "All" : <ChannelMark channel={entry.channel} label />}</td>
      <td className="clip">
        {isErased(entry) ? <span className="soft">An erased address</span> : entry.value}
      </td>
      <td className="soft">{entry.reason ? words(entry.reason) : ""}</td>
      <td className="num muted">
        <TimeAgo at={entry.created_at} />
      </td>
      {onRemove ? (
        <td className="num">
          <Button small look="quiet" aria-label={`Remove ${nameOf(entry)}`} onClick={onRemove}>
            Remove
          </Button>
        </td>
      ) : null}
    </tr>
  );
}

/** Somebody who said no is written to again: that is asked, not done by one slip. */
function RemoveDialog({ entry, onClose }: { entry: Suppression; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => del(`/api/suppressions/${entry.id}`),
    onSuccess: () => {
      for (const key of ["suppressions", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(`${isErased(entry) ? "The erased address" : entry.value} may be written to again.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Write to them again?"
      verb="Take it off the list"
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        From now on messages may go to <strong className="hook-url">{nameOf(entry)}</strong> again. Do it only
        when they have asked for it themselves.
      </p>
    </ConfirmDialog>
  );
}

function AddForm() {
  const [channel, setChannel] = useState<Channel | "all">("all");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      post<Suppression>("/api/suppressions", {
        channel,
        value: value.trim(),
        reason: reason.trim() || "Set by hand",
      }),
    onSuccess: (entry) => {
      for (const key of ["suppressions", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(entry.in_flight ? `Added. ${plural(entry.in_flight, "message")} had already left.` : "Added.");
      setValue("");
      setReason("");
    },
  });
  return (
    <Form className="panel" request={add} onSend={add.mutate}>
      <div className="panel-body stack">
        <FormError />
        <div className="suppress-form">
          <SelectField
            label="Channel"
            name="channel"
            value={channel}
            onChange={(event) => setChannel(event.target.value as Channel | "all")}
          >
            <option value="all">All</option>
            <option value="email">Email</option>
            <option value="sms">Text</option>
          </SelectField>
          <TextField
            label="Address or number"
            name="value"
            required
            value={value}
            onChange={(event) => setValue(event.target.value)}
          />
          <TextField label="Reason" value={reason} onChange={(event) => setReason(event.target.value)} />
          <Submit disabled={value.trim() === ""}>Suppress</Submit>
        </div>
      </div>
    </Form>
  );
}
