import type { Notification, NotificationKind } from "~/api/types/notifications.ts";
import type { IconName } from "~/ui/sprite.tsx";

export const ICON: Record<NotificationKind, IconName> = {
  mention: "chat",
  assigned: "user",
  reply: "inbox",
  approval: "send",
  late: "clock",
};

/** What happened, in a sentence. */
export function wordsOf({ kind, contact_name, actor_name, times }: Notification): string {
  const who = actor_name ?? "Somebody";
  const whom = contact_name ?? "somebody";
  const often = times > 1 ? `, ${times} times` : "";
  switch (kind) {
    case "mention":
      return `${who} mentioned you about ${whom}${often}`;
    case "assigned":
      return `${who} asked you to answer ${whom}`;
    case "reply":
      return `${contact_name ?? "Somebody"} wrote${often}`;
    case "approval":
      return times === 1 ? "A message waits for your yes" : `${times} messages wait for your yes`;
    case "late":
      return `${contact_name ?? "Somebody"} waits for your answer, which is late`;
  }
}
