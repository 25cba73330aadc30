import type { CampaignStatus, EnrollmentStatus } from "~/api/types/campaigns.ts";
import type { ImportStatus } from "~/api/types/imports.ts";
import type { MessageStatus } from "~/api/types/inbox.ts";
import type { JobStatus } from "~/api/types/jobs.ts";
import { words } from "~/lib/format.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";

type Look = { tone: Tone; text: string };

const CAMPAIGN: Record<CampaignStatus, Look> = {
  draft: { tone: "plain", text: "Draft" },
  scheduled: { tone: "info", text: "Scheduled" },
  active: { tone: "good", text: "Running" },
  paused: { tone: "warn", text: "Paused" },
  completed: { tone: "info", text: "Completed" },
  archived: { tone: "plain", text: "Archived" },
};
const ENROLLMENT: Record<EnrollmentStatus, Look> = {
  active: { tone: "good", text: "Active" },
  waiting: { tone: "info", text: "Queued" },
  paused: { tone: "warn", text: "Held" },
  completed: { tone: "plain", text: "Finished" },
  exited: { tone: "plain", text: "Left" },
  failed: { tone: "bad", text: "Failed" },
};
const IMPORT: Record<ImportStatus, Look> = {
  uploaded: { tone: "warn", text: "Not started" },
  running: { tone: "info", text: "Running" },
  completed: { tone: "good", text: "Completed" },
  failed: { tone: "bad", text: "Failed" },
  cancelled: { tone: "plain", text: "Cancelled" },
};
const JOB: Record<JobStatus, Look> = {
  queued: { tone: "plain", text: "Queued" },
  processing: { tone: "info", text: "Running" },
  completed: { tone: "good", text: "Completed" },
  failed: { tone: "bad", text: "Failed" },
  cancelled: { tone: "plain", text: "Cancelled" },
  dead: { tone: "bad", text: "Given up" },
};
const MESSAGE: Record<MessageStatus, Look> = {
  draft: { tone: "plain", text: "Draft" },
  approved: { tone: "plain", text: "Approved" },
  rejected: { tone: "plain", text: "Rejected" },
  queued: { tone: "plain", text: "Queued" },
  sending: { tone: "info", text: "Sending" },
  sent: { tone: "plain", text: "Sent" },
  delivered: { tone: "plain", text: "Delivered" },
  read: { tone: "good", text: "Read" },
  failed: { tone: "bad", text: "Not sent" },
  uncertain: { tone: "warn", text: "Uncertain" },
  cancelled: { tone: "plain", text: "Cancelled" },
  suppressed: { tone: "warn", text: "Suppressed" },
  expired: { tone: "warn", text: "Too late" },
  received: { tone: "plain", text: "Received" },
};

function Look({ look, value }: { look: Look | undefined; value: string }) {
  return <Badge tone={look?.tone ?? "plain"}>{look?.text ?? words(value)}</Badge>;
}

export const CampaignBadge = ({ status }: { status: CampaignStatus }) => (
  <Look look={CAMPAIGN[status]} value={status} />
);
export const EnrollmentBadge = ({ status }: { status: EnrollmentStatus }) => (
  <Look look={ENROLLMENT[status]} value={status} />
);
export const ImportBadge = ({ status }: { status: ImportStatus }) => (
  <Look look={IMPORT[status]} value={status} />
);
export const JobBadge = ({ status }: { status: JobStatus }) => <Look look={JOB[status]} value={status} />;
export const MessageBadge = ({ status }: { status: MessageStatus }) => (
  <Look look={MESSAGE[status]} value={status} />
);
export const messageWord = (status: MessageStatus): string => MESSAGE[status]?.text ?? words(status);

const REPLY: Record<string, Look> = {
  positive: { tone: "good", text: "Positive" },
  question: { tone: "info", text: "Question" },
  negative: { tone: "bad", text: "Negative" },
  out_of_office: { tone: "plain", text: "Out of office" },
  auto_reply: { tone: "plain", text: "Automatic" },
  bounce: { tone: "bad", text: "Bounce" },
  unsubscribe: { tone: "bad", text: "Opted out" },
  opt_out: { tone: "bad", text: "Opted out" },
};

/** What kind of answer it was; a plain answer needs no badge. */
export function ReplyBadge({ kind }: { kind: string | null }) {
  const look = kind ? REPLY[kind] : undefined;
  return look ? <Badge tone={look.tone}>{look.text}</Badge> : null;
}

const CONTACT_TONE: Record<string, Tone> = {
  "No Activity": "plain",
  Messaged: "info",
  "Needs BDR": "warn",
  "Received RSVP": "good",
  Attended: "good",
  Declined: "plain",
  "No Show": "warn",
  "Do Not Contact": "bad",
};

/** The statuses of the events business, in the order in which people move through them. */
export const CONTACT_STATUSES = Object.keys(CONTACT_TONE);

export const ContactBadge = ({ status }: { status: string }) => (
  <Badge tone={CONTACT_TONE[status] ?? "plain"}>{status}</Badge>
);
