import { Link } from "react-router";
import type { Channel } from "~/api/types/channel.ts";
import type { Activity } from "~/api/types/home.ts";
import { familyOf } from "~/lib/channel.ts";
import { words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import type { IconName } from "~/ui/sprite.tsx";
import { familyTint } from "./channel-mark.tsx";
import { TimeAgo } from "./time-ago.tsx";
import "./activity.css";

type Look = { icon: IconName; tone: "good" | "bad" | "warn" | "accent" | "plain" };

/** A fact's picture, by what happened first and by its channel otherwise. */
export function lookOf(kind: string, channel: Channel | null): Look {
  const word = kind.toLowerCase();
  if (word.includes("opt") || word.includes("unsub") || word.includes("suppress"))
    return { icon: "shield", tone: "bad" };
  if (word.includes("bounce")) return { icon: "bounce", tone: "bad" };
  if (word.includes("fail")) return { icon: "cross", tone: "bad" };
  if (word.includes("uncertain")) return { icon: "question", tone: "warn" };
  if (word.includes("repl") || word.includes("receiv") || word === "in")
    return { icon: "reply", tone: "accent" };
  if (word.includes("click")) return { icon: "cursor", tone: "good" };
  if (word.includes("open") || word.includes("read")) return { icon: "eye", tone: "plain" };
  if (word.includes("deliver")) return { icon: "check", tone: "plain" };
  if (word.includes("import")) return { icon: "upload", tone: "plain" };
  if (word.includes("split")) return { icon: "split", tone: "accent" };
  if (word.includes("campaign") || word.includes("enroll")) return { icon: "campaigns", tone: "plain" };
  if (word.includes("task")) return { icon: "check", tone: "plain" };
  if (word.includes("segment")) return { icon: "filter", tone: "plain" };
  if (word.includes("contact")) return { icon: "user", tone: "plain" };
  return channel ? { icon: familyOf(channel), tone: "plain" } : { icon: "bolt", tone: "plain" };
}

export function FactIcon({ kind, channel }: { kind: string; channel: Channel | null }) {
  const look = lookOf(kind, channel);
  const ours = look.tone === "plain" && channel && look.icon === familyOf(channel);
  return (
    <span className={`fact fact-${look.tone}`}>
      <Icon name={look.icon} tint={ours && channel ? familyTint(familyOf(channel)) : undefined} />
    </span>
  );
}

const VERBS: Record<string, string> = {
  sent: "was sent",
  delivered: "received",
  opened: "opened",
  clicked: "clicked in",
  replied: "replied to",
  received: "wrote",
  bounced: "bounced:",
  failed: "was not sent",
  uncertain: "may have been sent",
  complained: "marked as spam:",
  opted_out: "opted out of",
  unsubscribed: "opted out of",
  suppressed: "is suppressed:",
  queued: "is due for",
  contact_changed: "was changed by a campaign:",
  task_done: "has a task done:",
  task_skipped: "has a task skipped:",
  task_reopened: "has a task open again:",
};

/** Where there is no subject, what follows is what they wrote. */
const WRITTEN: Record<string, string> = { replied: "answered:", received: "wrote:", opted_out: "opted out:" };

/** What somebody did, between their name and the subject or their own words. */
export function verbOf(kind: string, channel: Channel | null): string {
  const word = kind.replace(/^message[.:]/, "");
  const written = channel === "email" ? undefined : WRITTEN[word];
  return written ?? VERBS[word] ?? words(word).toLowerCase();
}

export function ActivityLine({ item }: { item: Activity }) {
  const to = item.conversation_id
    ? paths.inbox("open", item.conversation_id)
    : item.contact_id
      ? paths.contact(item.contact_id)
      : item.campaign_id
        ? paths.campaign(item.campaign_id)
        : null;
  const body = (
    <>
      <FactIcon kind={item.kind} channel={item.channel} />
      <span className="activity-text">
        {item.contact_name ? <span className="strong">{item.contact_name} </span> : null}
        {item.contact_name ? `${verbOf(item.kind, item.channel)} ` : null}
        <span className="soft">
          {item.kind === "split_decided" ? "A variant of a split has won" : item.text}
        </span>
      </span>
      <span className="tiny muted">
        <TimeAgo at={item.at} />
      </span>
    </>
  );
  return (
    <li>
      {to ? (
        <Link className="activity" to={to}>
          {body}
        </Link>
      ) : (
        <div className="activity">{body}</div>
      )}
    </li>
  );
}
