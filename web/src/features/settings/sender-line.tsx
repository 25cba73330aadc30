import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { get, patch, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Sender, SenderCheck } from "~/api/types/senders.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { copyText } from "~/components/copy.ts";
import { When } from "~/components/time-ago.tsx";
import { count, words } from "~/lib/format.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { AccessNote } from "./access-note.tsx";
import { DomainPanel } from "./domain-check.tsx";
import { Reconnect } from "./gmail/connect-gmail.tsx";
import { PaceNote } from "./pace-note.tsx";
import { RestNote } from "./rest-note.tsx";
import { TestResult } from "./sender-test.tsx";
import { TemplatesPanel } from "./templates-panel.tsx";

type Health = { tone: Tone; text: string };

/** How a sender is, in two words. */
function healthOf(sender: Sender, live: boolean): Health {
  if (sender.status === "paused") return { tone: "warn", text: "Paused" };
  if (sender.connection === "reconnect") return { tone: "bad", text: "Reconnect" };
  if (sender.access?.state === "reauthorise") return { tone: "bad", text: "Reauthorise" };
  if (sender.status === "broken") return { tone: "bad", text: "Does not work" };
  if (sender.resting)
    return { tone: "warn", text: sender.resting.state === "trying" ? "Being tried" : "Resting" };
  if (sender.provider === "relayer") return { tone: "good", text: "By their own device" };
  if (sender.connection === "connected") return { tone: "good", text: "Connected" };
  if (!sender.account) return { tone: live ? "bad" : "info", text: "Sandbox only" };
  return { tone: "good", text: "Ready" };
}

/** Without `onEdit` it is only read and tested. */
export function SenderLine({
  sender,
  live,
  onEdit,
}: {
  sender: Sender;
  live: boolean;
  onEdit: (() => void) | undefined;
}) {
  const client = useQueryClient();
  const [result, setResult] = useState<SenderCheck | null>(null);
  const refresh = () => void client.invalidateQueries({ queryKey: ["senders"] });
  const test = useMutation({
    mutationFn: () =>
      post<SenderCheck>(`/api/senders/${sender.id}/check`, { account: sender.account !== null }),
    onMutate: () => setResult(null),
    onSuccess: (check) => {
      setResult(check);
      refresh();
    },
    onError: (error) => toast(messageOf(error)),
  });
  const turn = useMutation({
    mutationFn: (status: "active" | "paused") => patch<Sender>(`/api/senders/${sender.id}`, { status }),
    onSuccess: (changed) => {
      refresh();
      toast(
        changed.status === "paused"
          ? `${changed.name} is paused. Its messages wait.`
          : `${changed.name} sends again.`,
      );
    },
    onError: (error) => toast(messageOf(error)),
  });
  const health = healthOf(sender, live);
  const active = sender.status === "active";
  const cap = sender.daily_cap ?? 0;
  return (
    <li className="sender">
      <div className="sender-head">
        <ChannelMark
          channel={sender.channel}
          label={sender.channel !== "email" && sender.channel !== "sms"}
        />
        <span className="sender-name">
          <span className="strong">{sender.name}</span> <span className="soft clip">{sender.address}</span>
        </span>
        <Badge tone={health.tone}>{health.text}</Badge>
        <span className="sender-actions">
          <Button
            small
            busy={test.isPending}
            aria-label={`Test ${sender.address}`}
            onClick={() => test.mutate()}
          >
            {test.isPending ? "Testing…" : "Test"}
          </Button>
          {onEdit ? (
            <>
              <Button small aria-label={`Edit ${sender.address}`} onClick={onEdit}>
                Edit
              </Button>
              <Button
                small
                look="quiet"
                busy={turn.isPending}
                aria-label={`${active ? "Pause" : "Resume"} ${sender.address}`}
                onClick={() => turn.mutate(active ? "paused" : "active")}
              >
                {active ? "Pause" : "Resume"}
              </Button>
            </>
          ) : null}
        </span>
      </div>
      {sender.problem ? (
        <Callout tone="warn">
          <span className="row row-wrap">
            <span className="grow">
              {sender.problem}{" "}
              {sender.status === "paused" ? (
                <span className="soft">Resume it when that is mended: a fresh sample begins.</span>
              ) : sender.connection || sender.access?.state === "reauthorise" ? null : (
                <span className="soft">Mend the account, test it, and it sends again.</span>
              )}
            </span>
            {sender.connection && onEdit ? <Reconnect sender={sender} /> : null}
            {sender.access?.state === "reauthorise" && onEdit ? (
              <Button small onClick={onEdit}>
                Enter the new tokens
              </Button>
            ) : null}
          </span>
        </Callout>
      ) : null}
      {sender.resting && active ? <RestNote resting={sender.resting} /> : null}
      {sender.connection === "missing" && live && active ? (
        <Callout tone="warn">
          <span className="row row-wrap">
            <span className="grow">
              Live, this sender can send nothing: nobody has connected its account.
            </span>
            {onEdit ? <Reconnect sender={sender} /> : null}
          </span>
        </Callout>
      ) : null}
      {live && !sender.account && !sender.connection && sender.provider !== "relayer" && active ? (
        <Callout tone="warn">
          Live, this sender can send nothing: it has no account of its own.{" "}
          {onEdit ? (
            <Button small onClick={onEdit}>
              Give it one
            </Button>
          ) : null}
        </Callout>
      ) : null}
      {result ? <TestResult check={result} /> : null}
      {cap > 0 ? (
        <Bar
          label={`${sender.address} today`}
          total={cap}
          parts={[
            {
              value: Math.min(cap, sender.sent_today),
              fill: sender.sent_today >= cap ? "warn" : "info",
              label: `of ${cap} sent today`,
            },
          ]}
        />
      ) : null}
      <div className="limits">
        <span>
          {count(sender.sent_today)}
          {cap > 0 ? ` of ${count(cap)}` : ""} sent today
        </span>
        <span>{count(sender.queued)} queued</span>
        <span>
          {sender.rate_per_minute ? `At most ${count(sender.rate_per_minute)} a minute` : "No rate limit"}
        </span>
        {sender.pace ? <PaceNote pace={sender.pace} /> : null}
        <span>{accountText(sender)}</span>
        {sender.access ? <AccessNote access={sender.access} /> : null}
        {sender.connection ? (
          <span>
            {sender.synced_at ? (
              <>
                Mail read <When at={sender.synced_at} ago />
              </>
            ) : (
              "Mail not read yet"
            )}
          </span>
        ) : null}
      </div>
      {sender.channel === "email" ? <DomainPanel sender={sender} /> : null}
      {sender.provider === "whatsapp" ? <TemplatesPanel sender={sender} /> : null}
      {sender.provider === "relayer" || sender.connection ? null : (
        <Answers sender={sender} admin={onEdit !== undefined} />
      )}
    </li>
  );
}

function accountText(sender: Sender): string {
  if (sender.provider === "relayer") return "Carried by the device of its owner";
  if (sender.connection) return sender.connection === "missing" ? "Gmail, not connected" : "Gmail";
  const fields = sender.account?.fields;
  if (!fields) return "No account of its own";
  if (sender.provider === "whatsapp") return `Phone number ID ${String(fields.phone_number_id ?? "")}`;
  if (sender.provider === "messenger") return "Page token saved";
  if (sender.provider === "tiktok") return "Access token saved";
  if (sender.provider === "bonzo") return "Bonzo API key saved";
  if (sender.provider === "slybroadcast") return `Slybroadcast ${String(fields.uid ?? "")}`;
  if (sender.provider === "twilio") return `Twilio ${String(fields.account_sid ?? "")}`;
  return `${words(sender.provider).toUpperCase()} ${String(fields.host ?? "")}:${String(fields.port ?? "")}`;
}

const HOW_TWILIO =
  "In the Twilio console, open the number, and under Messaging put this address where a message comes in.";
const HOW_BONZO =
  "In Bonzo, under Integrations, add an event hook with this address and its token, for messages that come in and for prospects that change. Bonzo signs nothing: keep the address to yourself.";
const HOW: Partial<Record<Channel, string>> = {
  tiktok:
    "In the TikTok app, register this address as the callback URL for direct messages. TikTok signs with the app secret.",
  voicemail:
    "Nothing has to be entered anywhere: each voicemail carries an address of its own to which Slybroadcast tells whether it arrived. People call back the caller ID.",
  email: "Let your mail service post each incoming mail, raw, to this address, signed with the secret.",
  whatsapp:
    "In the Meta app, under WhatsApp, Configuration, enter this address as the callback URL with the verify token, and subscribe to messages, user_preferences and message_template_status_update.",
  messenger:
    "In the Meta app, under Messenger, Settings, enter this address as the callback URL with the verify token, and subscribe to messages, message_echoes, message_deliveries, message_reads and messaging_postbacks.",
};

/** How answers come in: what to copy, and where it goes. */
function Answers({ sender, admin }: { sender: Sender; admin: boolean }) {
  const webhook = sender.webhook_url;
  const meta = sender.channel === "whatsapp" || sender.channel === "messenger";
  const bonzo = sender.provider === "bonzo";
  const secret = useMutation({
    mutationFn: () => get<{ secret: string }>(`/api/senders/${sender.id}/webhook-secret`),
    onSuccess: ({ secret: text }) =>
      bonzo
        ? void copyText(`${webhook}&token=${text}`, "The address with its token is copied.")
        : void copyText(text, meta ? "The verify token is copied." : "The signing secret is copied."),
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <details className="more">
      <summary>{sender.channel === "voicemail" ? "How news arrives" : "How answers arrive"}</summary>
      <div className="stack-2">
        {sender.mailbox ? (
          <p className="small soft">
            Read from {String(sender.mailbox.fields.username ?? "")} at{" "}
            {String(sender.mailbox.fields.host ?? "")} every few seconds while live. Nothing in the mailbox is
            changed.
          </p>
        ) : (
          <p className="small soft">{bonzo ? HOW_BONZO : (HOW[sender.channel] ?? HOW_TWILIO)}</p>
        )}
        {meta ? (
          <p className="small soft">
            {sender.last_event_at ? (
              <>
                Meta last called <When at={sender.last_event_at} ago />.
              </>
            ) : (
              "Meta has not called yet."
            )}
          </p>
        ) : null}
        {sender.mailbox || webhook === null ? null : (
          <div className="row row-wrap">
            <code className="copyable">{webhook}</code>
            <Button
              small
              icon="copy"
              onClick={() => void copyText(webhook, "The webhook address is copied.")}
            >
              Copy
            </Button>
            {admin && (meta || bonzo || sender.channel === "email") ? (
              <Button small icon="copy" busy={secret.isPending} onClick={() => secret.mutate()}>
                {bonzo ? "Copy with its token" : meta ? "Copy the verify token" : "Copy the secret"}
              </Button>
            ) : null}
          </div>
        )}
      </div>
    </details>
  );
}
