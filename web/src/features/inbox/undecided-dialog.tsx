import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { undecidedQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { DecidedMany, Decision, Undecided, UndecidedWhich } from "~/api/types/inbox.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { type ChoiceOption, Choices, SelectField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { choices, consequence, deed, outcome } from "./undecided-words.ts";

const DECISIONS: readonly ChoiceOption<Decision>[] = [
  {
    value: "sent",
    title: "All of these were sent",
    text: "You saw them in the outbox or in the provider's list.",
  },
  { value: "resend", title: "None of these was sent: send again", text: "You know that nothing has left." },
  { value: "drop", title: "Let them be", text: "It does not matter any more, or is too late." },
];
/** The value of those that belong to no campaign; no id looks so. */
const BY_HAND = "-";

/** One decision about all uncertain messages of a campaign, a sender or a channel. */
export function UndecidedDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [campaign, setCampaign] = useState("");
  const [sender, setSender] = useState("");
  const [channel, setChannel] = useState("");
  const [decision, setDecision] = useState<Decision | null>(null);
  // What happens is read before it does: on a phone it would lie below what is chosen.
  const [asking, setAsking] = useState(false);
  const which: UndecidedWhich = {
    ...(campaign === BY_HAND ? { by_hand: true } : campaign ? { campaign_id: campaign } : {}),
    ...(sender ? { sender_id: sender } : {}),
    ...(channel ? { channel: channel as Channel } : {}),
  };
  const look = useQuery({ ...undecidedQuery(which), placeholderData: keepPreviousData });
  const found = look.data;
  const decide = useMutation({
    mutationFn: ({ as_of, messages }: Undecided) =>
      post<DecidedMany>("/api/messages/decide", { decision, which, as_of, messages }),
    onSuccess: (done) => {
      void client.invalidateQueries();
      onClose();
      toast(
        done.status === "completed" && decision
          ? outcome(decision, done.decided, done.left_alone)
          : "This goes on in the background. Jobs shows how far it is.",
      );
    },
    // What was counted is not so any more: the new count is shown before anybody decides again.
    onError: () => void look.refetch(),
  });
  const groups = found?.groups ?? [];
  const ready = decision !== null && found !== undefined && found.messages > 0 && !look.isPlaceholderData;
  return (
    <Dialog
      title="Decide about uncertain messages"
      onClose={onClose}
      footer={
        <>
          {asking ? (
            <Button onClick={() => setAsking(false)}>Back</Button>
          ) : (
            <Button onClick={onClose}>Cancel</Button>
          )}
          {asking && ready ? (
            <Button
              look={decision === "sent" ? "primary" : "danger"}
              busy={decide.isPending}
              onClick={() => decide.mutate(found)}
            >
              {deed(decision, found.messages)}
            </Button>
          ) : (
            <Button look="primary" disabled={!ready} onClick={() => setAsking(true)}>
              Go on
            </Button>
          )}
        </>
      }
    >
      {asking && ready ? (
        <div className="stack">
          <p>
            <strong>{DECISIONS.find((one) => one.value === decision)?.title}</strong>
          </p>
          <Callout tone={decision === "resend" ? "warn" : "plain"}>
            <span role="status">{consequence(decision, found)}</span>
          </Callout>
          {decide.error ? <ErrorBlock error={decide.error} /> : null}
        </div>
      ) : (
        <div className="stack">
          <div className="undecided-which">
            <SelectField
              label="Campaign"
              value={campaign}
              onChange={(event) => setCampaign(event.target.value)}
            >
              <option value="">All, and those without one</option>
              {choices(groups, (one) => [one.campaign_id ?? BY_HAND, one.campaign_name ?? "No campaign"]).map(
                (one) => (
                  <option key={one.value} value={one.value}>
                    {one.label}
                  </option>
                ),
              )}
            </SelectField>
            <SelectField label="Sender" value={sender} onChange={(event) => setSender(event.target.value)}>
              <option value="">All senders</option>
              {choices(groups, (one) => [one.sender_id, one.sender_address]).map((one) => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </SelectField>
            <SelectField label="Channel" value={channel} onChange={(event) => setChannel(event.target.value)}>
              <option value="">All channels</option>
              {choices(groups, (one) => [one.channel, channelLabel(one.channel)]).map((one) => (
                <option key={one.value} value={one.value}>
                  {one.label}
                </option>
              ))}
            </SelectField>
          </div>
          {look.error ? <ErrorBlock error={look.error} onRetry={() => void look.refetch()} /> : null}
          <p aria-live="polite">
            {found === undefined ? (
              "Counting…"
            ) : found.messages === 0 ? (
              "Nothing of this kind waits for a decision."
            ) : (
              <>
                <strong>{plural(found.messages, "message")}</strong> to{" "}
                {plural(found.people, "person", "people")} may or may not have left.
              </>
            )}
            {found && found.looked_up > 0
              ? ` ${count(found.looked_up)} more may still settle without you, and are left alone.`
              : ""}
          </p>
          <Choices
            legend="What became of them"
            name="undecided-decision"
            value={decision}
            options={DECISIONS}
            onChange={setDecision}
          />
        </div>
      )}
    </Dialog>
  );
}
