import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { ConversationDetail, Decision, Message } from "~/api/types/inbox.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { useMe } from "~/components/me.ts";
import { messageWord, ReplyBadge } from "~/components/state-badge.tsx";
import { When } from "~/components/time-ago.tsx";
import { channelPhrase } from "~/lib/channel.ts";
import { useNow } from "~/lib/clock.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";
import { Marked } from "./marked.tsx";
import { isWaiting, WaitingNote } from "./waiting-note.tsx";

const NOT_LEFT = new Set(["draft", "approved", "queued", "suppressed", "expired", "cancelled", "rejected"]);

export function MessageBubble({
  message,
  showSubject,
  conversation,
  zone,
  asked,
  isFound,
}: {
  message: Message;
  /** What the inbox is searched for. */
  asked: string;
  /** Whether it is the message that was found. */
  isFound: boolean;
  showSubject: boolean;
  conversation: ConversationDetail | undefined;
  zone: string;
}) {
  const out = message.direction === "out";
  const now = useNow();
  const tone =
    message.status === "uncertain" ? " bubble-warn" : message.status === "failed" ? " bubble-bad" : "";
  return (
    <article
      id={`message-${message.id}`}
      className={`bubble ${out ? "bubble-out" : "bubble-in"}${tone}${isFound ? " bubble-found" : ""}`}
    >
      <div className="bubble-head">
        <ChannelMark channel={message.channel} />
        <Author message={message} conversation={conversation} />
        <span>
          {channelPhrase(message.channel)}, <When at={message.sent_at ?? message.created_at} zone={zone} />
        </span>
        {out ? <Receipt message={message} /> : <ReplyBadge kind={message.kind} />}
      </div>
      {showSubject ? (
        <div className="bubble-subject">
          <Marked text={message.subject ?? ""} asked={asked} />
        </div>
      ) : null}
      <div className="bubble-text">
        <Marked text={message.text ?? ""} asked={asked} />
      </div>
      {message.recording_url ? <Recording url={message.recording_url} /> : null}
      {message.needs_decision || message.status === "uncertain" ? <Decide message={message} /> : null}
      {message.error && message.status === "failed" ? (
        <div className="bubble-note bubble-note-bad">
          <span>
            <span className="strong">Not sent.</span> {message.error.message}
          </span>
        </div>
      ) : null}
      {message.error?.code === "message.answered_first" ? (
        <div className="bubble-note">
          <span>
            <span className="strong">Not sent.</span> They wrote before it was to leave.
          </span>
        </div>
      ) : null}
      {isWaiting(message, now) ? (
        <WaitingNote message={message} />
      ) : message.why && NOT_LEFT.has(message.status) ? (
        <div className="bubble-note">
          <span>
            <span className="strong">Why not sent?</span> {message.why.text}
          </span>
        </div>
      ) : null}
    </article>
  );
}

/** A voicemail as they hear it. Fetched from where this page is, whatever address the world knows us by. */
function Recording({ url }: { url: string }) {
  const { pathname, search } = new URL(url);
  return (
    // biome-ignore lint/a11y/useMediaCaption: what it says stands above it
    <audio
      className="bubble-audio"
      controls
      preload="none"
      aria-label="The voicemail"
      src={pathname + search}
    />
  );
}

function Author({
  message,
  conversation,
}: {
  message: Message;
  conversation: ConversationDetail | undefined;
}) {
  const me = useMe();
  if (message.direction === "in") {
    return <span className="strong">{conversation?.contact_name ?? message.from_address ?? "Unknown"}</span>;
  }
  if (message.author_id === me.member.id) return <span className="strong">You</span>;
  if (message.author_name) return <span className="strong">{message.author_name}</span>;
  return (
    <span className="strong">
      {message.campaign_id ? (conversation?.campaign_name ?? "Campaign") : "You"}
    </span>
  );
}

/** How far it got, with the best news last. */
function Receipt({ message }: { message: Message }) {
  if (message.clicked_at) return <Badge tone="good">Clicked</Badge>;
  // A picture that was loaded is a sign; what a platform tells is a fact.
  if (message.status === "read" && message.channel !== "email") return <Badge tone="good">Read</Badge>;
  if (message.opened_at || message.status === "read") return <Badge>Opened</Badge>;
  const arrived = message.status === "delivered";
  const icon =
    arrived || message.status === "sent" ? "check" : message.status === "failed" ? "cross" : "clock";
  if (message.status === "uncertain") return <Badge tone="warn">Uncertain</Badge>;
  return (
    <span className={arrived ? "receipt receipt-good" : "receipt"}>
      <Icon name={icon} />
      {messageWord(message.status)}
    </span>
  );
}

/** Nobody can know whether it left: a person says what to do, and nothing happens before. */
function Decide({ message }: { message: Message }) {
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (decision: Decision) => post<Message>(`/api/messages/${message.id}/decide`, { decision }),
    onSuccess: (_, decision) => {
      for (const key of ["messages", "conversations", "conversation", "stats", "timeline"]) {
        void client.invalidateQueries({ queryKey: [key] });
      }
      const done: Record<Decision, string> = {
        sent: "Recorded as sent.",
        resend: "Queued again. If the first one left, they get it twice.",
        drop: "Dropped. It is not sent again.",
      };
      toast(done[decision]);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <div className="bubble-note decide">
      <span>
        <span className="strong">Nobody knows whether this left.</span>{" "}
        {message.error?.message ?? "The provider did not answer in time."}
      </span>
      <dl className="facts decide-facts">
        <dt>Tried</dt>
        <dd>
          <When at={message.created_at} /> from {message.from_address} to {message.to_address}
        </dd>
        {message.reference ? (
          <>
            <dt>{message.channel === "email" ? "Message-ID" : "Reference"}</dt>
            <dd>
              <code className="decide-code">{message.reference}</code>
            </dd>
          </>
        ) : null}
      </dl>
      <span className="soft">
        {message.channel === "email"
          ? "Look for the Message-ID in the log of your mail server. An answer to it, or its opening, would settle it."
          : "Look for it in the provider's message log."}{" "}
        {message.needs_decision
          ? "It waits for you and is not sent again by itself."
          : message.channel === "email"
            ? "In some minutes it waits for you alone; you can decide now."
            : "The provider is asked by itself in a moment; you can decide now."}
      </span>
      <span className="row row-wrap">
        <Button small icon="check" busy={decide.isPending} onClick={() => decide.mutate("sent")}>
          It was sent
        </Button>
        <Button small icon="refresh" busy={decide.isPending} onClick={() => decide.mutate("resend")}>
          Send it again
        </Button>
        <Button small icon="cross" busy={decide.isPending} onClick={() => decide.mutate("drop")}>
          Let it be
        </Button>
      </span>
    </div>
  );
}
