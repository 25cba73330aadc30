import type { AuditEntry } from "~/api/types/audit.ts";

/**
 * What each action did, after the name of who did it. The thing in braces is named or linked where that can be
 * done; what a change touched follows after a colon.
 */
const SAID: Record<string, string> = {
  assignment_update: "changed how conversations find somebody",
  audit_export: "exported the audit log",
  bulk_undo: "undid one thing done to many contacts",
  campaign_archive: "archived {a campaign}",
  campaign_clone: "copied {a campaign}",
  campaign_create: "made {a campaign}",
  campaign_delete: "deleted a campaign",
  campaign_draft_discard: "gave up changes to the steps of {a campaign}",
  campaign_draft_save: "drew steps of {a campaign}",
  campaign_enroll: "added people to {a campaign}",
  campaign_execute_email: "sent the e-mails that were due of {a campaign}",
  campaign_execute_messenger: "sent the Messenger messages that were due of {a campaign}",
  campaign_execute_sms: "sent the texts that were due of {a campaign}",
  campaign_execute_telegram: "wrote the Telegram messages that were due of {a campaign}",
  campaign_execute_tiktok: "sent the TikTok messages that were due of {a campaign}",
  campaign_execute_voicemail: "dropped the voicemails that were due of {a campaign}",
  campaign_execute_whatsapp: "sent the WhatsApp messages that were due of {a campaign}",
  campaign_late: "decided on late messages of {a campaign}",
  campaign_pause: "paused {a campaign}",
  campaign_publish: "published new steps of {a campaign}",
  campaign_remove: "took people out of {a campaign}",
  campaign_restore: "brought back earlier steps of {a campaign}",
  campaign_resume: "resumed {a campaign}",
  campaign_split_choose: "let a variant win in {a campaign}",
  campaign_split_reopen: "took back which variant had won in {a campaign}",
  campaign_start: "started {a campaign}",
  campaign_update: "changed {a campaign}",
  consent_record: "wrote down what {a contact} said about being written to",
  company_create: "made {a company}",
  company_delete: "deleted a company",
  company_update: "changed {a company}",
  contact_address_add: "gave {a contact} a further address",
  contact_address_remove: "took a further address from {a contact}",
  contact_assign: "handed contacts over",
  contact_bulk: "did one thing to many contacts",
  contact_create: "added {a contact}",
  contact_delete: "deleted a contact",
  contact_erase: "erased a person for good",
  contact_file: "took contacts along as a file",
  contact_export: "took along everything about {a contact}",
  contact_merge: "folded another contact into {a contact}",
  contact_update: "changed {a contact}",
  conversation_assign: "asked somebody to answer in {a conversation}",
  conversation_block: "blocked the person of {a conversation}",
  conversation_bulk: "did one thing to many conversations",
  conversation_done: "marked {a conversation} as done",
  conversation_draft: "typed an answer in {a conversation}",
  conversation_label: "put a label on {a conversation}",
  conversation_link: "tied {a conversation} to a contact",
  conversation_merge: "made another conversation a part of {a conversation}",
  conversation_note: "wrote a note in {a conversation}",
  conversation_read: "marked {a conversation} as read",
  conversation_reopen: "opened {a conversation} again",
  conversation_reply: "answered in {a conversation}",
  conversation_snooze: "put {a conversation} away until later",
  conversation_split: "split {a conversation} in two",
  conversation_unblock: "unblocked the person of {a conversation}",
  conversation_unlabel: "took a label off {a conversation}",
  conversation_unmerge: "took a merged conversation out of {a conversation} again",
  conversation_unread: "marked {a conversation} as unread",
  dead_letter_replay: "handled a dead letter again",
  delivery_redeliver: "told a webhook something again",
  field_create: "made a custom field",
  field_delete: "deleted a custom field with its values",
  field_update: "changed a custom field",
  funnel_create: "made a funnel",
  funnel_update: "changed a funnel",
  funnel_import: "imported a funnel from a file",
  icp_profile_create: "made {an ICP profile}",
  icp_profile_delete: "deleted an ICP profile",
  icp_profile_update: "changed {an ICP profile}",
  gmail_connect: "connected a Gmail account",
  google_app_get: "looked at the Google app",
  google_app_set: "entered the Google app",
  identity_connect: "connected their Google account",
  identity_disconnect: "disconnected their Google account",
  import_cancel: "stopped {an import}",
  import_check: "checked {an import}",
  import_start: "started {an import}",
  import_undo: "undid {an import}",
  import_upload: "uploaded {a file to import}",
  invitation_accept: "joined by an invitation",
  invitation_create: "made an invitation",
  invitation_withdraw: "withdrew an invitation",
  job_cancel: "stopped a job",
  job_retry: "tried a job again",
  mapping_create: "saved a mapping of columns",
  mapping_delete: "deleted a saved mapping",
  mapping_update: "renamed a saved mapping",
  member_away: "said whether {a member} is away",
  member_reset_second_factor: "reset the two-step sign-in of {a member}",
  key_create: "made an API key",
  key_revoke: "revoked an API key",
  keys_retire: "took an old key of the installation away",
  keys_rotate: "put a new key of the installation in place of the one before",
  macro_create: "made a macro",
  macro_delete: "deleted a macro",
  macro_run: "ran {a macro} in conversations",
  macro_undo: "undid a run of a macro",
  macro_update: "changed a macro",
  label_create: "made a label",
  label_delete: "deleted a label",
  label_merge: "merged {a label} into another",
  label_update: "changed a label",
  list_add: "put contacts on a list",
  list_create: "made a list",
  list_delete: "deleted a list",
  list_remove: "took contacts off a list",
  list_update: "renamed a list",
  member_update: "changed {a member}",
  merge_undo: "took {a merge} back",
  draft_approve: "approved a draft",
  draft_approve_many: "approved several drafts",
  draft_create: "wrote a draft",
  draft_reject: "rejected a draft",
  draft_reopen: "took the answer to a draft back",
  draft_update: "changed a draft",
  message_create: "wrote a message",
  message_recall: "took {a message} back before it left",
  message_decide: "decided about an uncertain message",
  message_decided: "settled many uncertain messages as somebody had decided",
  message_decide_many: "decided about all uncertain messages of a kind",
  passkey_create: "added a passkey",
  passkey_delete: "removed a passkey",
  password_change: "changed their password",
  notification_choose: "chose what to hear of",
  notification_see: "marked notifications as seen",
  note_delete: "deleted a note",
  push_subscribe: "switched on push in a browser",
  push_unsubscribe: "switched off push in a browser",
  profile_update: "changed their profile",
  relayer_create: "made the key of a relayer",
  relayer_pair: "made the pairing code of a relayer",
  relayer_revoke: "shut a relayer out",
  reply_times_update: "changed the reply times",
  second_factor_codes: "made new recovery codes",
  second_factor_off: "switched off their two-step sign-in",
  second_factor_on: "switched on two-step sign-in",
  second_factor_recovery: "signed in with a recovery code",
  segment_create: "made a segment",
  segment_delete: "deleted a segment",
  segment_update: "changed a segment",
  sender_check: "tested a sender",
  sender_create: "added a sender",
  sender_domain_check: "looked at the domain of a sender",
  sender_template_list: "looked at the templates of senders",
  sender_template_sync: "read the templates of a sender",
  sender_update: "changed a sender",
  sender_webhook_secret: "looked at the webhook secret of a sender",
  sending_held: "held all sending since the database seems to be a copy of an earlier time",
  sending_restored_decide: "decided what becomes of messages after a backup was restored",
  sending_resume: "let sending go on",
  sending_stop: "stopped all sending",
  session_end: "signed out one of their browsers",
  settings_send_mode: "switched between sandbox and live",
  settings_update: "changed the workspace settings",
  snippet_create: "made a snippet",
  snippet_delete: "deleted a snippet",
  snippet_update: "changed a snippet",
  suppression_file: "took the suppression list along as a file",
  suppression_import: "put the addresses of a file on the suppression list",
  suppression_create: "put an address on the suppression list",
  suppression_delete: "took an address off the suppression list",
  tag_add: "put a tag on contacts",
  tag_create: "made a tag",
  tag_delete: "deleted a tag",
  tag_remove: "took a tag off contacts",
  tag_update: "renamed a tag",
  task_complete: "did {a task}",
  task_reopen: "opened {a task} again",
  task_skip: "skipped {a task}",
  target_convert: "made a contact of {a target}",
  target_create: "put {a target} on their list",
  target_create_many: "put targets on their list",
  target_delete: "took a target off their list",
  target_update: "changed {a target}",
  view_create: "saved a view of a list",
  view_delete: "deleted a saved view",
  view_update: "changed a saved view",
  webhook_create: "added a webhook",
  webhook_delete: "deleted a webhook",
  webhook_recover: "told a webhook again what had failed",
  webhook_rotate: "made a new secret for a webhook",
  webhook_test: "tested a webhook",
  webhook_update: "changed a webhook",
};

/** What the log can be narrowed to: the noun of the actions, or one of them as a whole. */
export const KINDS: readonly { value: string; label: string }[] = [
  { value: "key", label: "API keys" },
  { value: "assignment", label: "Assignment" },
  { value: "audit", label: "Audit log" },
  { value: "bulk", label: "Bulk actions" },
  { value: "campaign", label: "Campaigns" },
  { value: "consent", label: "Consent" },
  { value: "company", label: "Companies" },
  { value: "contact", label: "Contacts" },
  { value: "conversation", label: "Conversations" },
  { value: "label", label: "Labels" },
  { value: "note", label: "Notes" },
  { value: "notification", label: "Notifications" },
  { value: "push", label: "Push" },
  { value: "macro", label: "Macros" },
  { value: "dead_letter_replay", label: "Dead letters" },
  { value: "field", label: "Custom fields" },
  { value: "delivery", label: "Deliveries of webhooks" },
  { value: "funnel", label: "Funnels" },
  { value: "identity", label: "Google accounts" },
  { value: "gmail", label: "Gmail accounts" },
  { value: "google_app", label: "Google app" },
  { value: "icp", label: "ICP profiles" },
  { value: "import", label: "Imports" },
  { value: "invitation", label: "Invitations" },
  { value: "job", label: "Jobs" },
  { value: "list", label: "Lists" },
  { value: "mapping", label: "Mappings of columns" },
  { value: "member", label: "Members" },
  { value: "merge", label: "Merges of contacts" },
  { value: "draft", label: "Send queue" },
  { value: "message", label: "Messages" },
  { value: "keys", label: "Keys of the installation" },
  { value: "passkey", label: "Passkeys" },
  { value: "password", label: "Passwords" },
  { value: "profile", label: "Profiles" },
  { value: "relayer", label: "Relayers" },
  { value: "reply", label: "Reply times" },
  { value: "segment", label: "Segments" },
  { value: "sender", label: "Senders" },
  { value: "sending", label: "Stopping and resuming" },
  { value: "session", label: "Sessions" },
  { value: "settings", label: "Settings" },
  { value: "snippet", label: "Snippets" },
  { value: "suppression", label: "Suppression list" },
  { value: "tag", label: "Tags" },
  { value: "target", label: "Targets" },
  { value: "task", label: "Tasks" },
  { value: "second_factor", label: "Two-step sign-in" },
  { value: "view", label: "Views of lists" },
  { value: "webhook", label: "Webhooks" },
];

/** The past of verbs that an action without words of its own may end with. */
const DID: Record<string, string> = {
  add: "added",
  archive: "archived",
  cancel: "stopped",
  change: "changed",
  create: "made",
  delete: "deleted",
  end: "ended",
  export: "exported",
  pause: "paused",
  remove: "removed",
  rename: "renamed",
  resume: "resumed",
  revoke: "revoked",
  start: "started",
  stop: "stopped",
  update: "changed",
};

/** Fields that read badly with only their underscores taken away. */
const FIELD: Record<string, string> = {
  custom: "custom fields",
  email: "e-mail",
  imap: "mailbox",
  rate_per_minute: "messages per minute",
  windows: "sending hours",
};

export type Sentence = {
  before: string;
  /** The part that may be a link or be followed by a name; empty where there is none. */
  thing: string;
  after: string;
  fields: string[];
};

export const hasWords = (action: string): boolean => Object.hasOwn(SAID, action);

/** What was done, to be said after who did it. */
export function sentence({
  action,
  fields,
  changes,
}: Pick<AuditEntry, "action" | "fields" | "changes">): Sentence {
  const known = hasWords(action);
  const text = (known ? SAID[action] : undefined) ?? made(action);
  const [, before = text, thing = "", after = ""] = /^(.*)\{(.+)\}(.*)$/.exec(text) ?? [];
  // What is sent with anything but a change says no more than the sentence does.
  const tells = !known || action.endsWith("_update");
  const told = changes.map(
    ({ field: name, from, to }) => `${field(name)} from ${value(from)} to ${value(to)}`,
  );
  const isTold = (name: string) => name === "id" || changes.some((change) => change.field === name);
  const named = tells ? fields.filter((name) => !isTold(name)).map(field) : [];
  return { before, thing, after, fields: [...told, ...named] };
}

/** What a setting was or is, in words. */
function value(of: unknown): string {
  if (of === null || of === undefined || of === "") return "nothing";
  if (typeof of === "boolean") return of ? "yes" : "no";
  if (typeof of === "string") return `“${of}”`;
  if (Array.isArray(of)) return of.length === 0 ? "nothing" : of.map(value).join(", ");
  return JSON.stringify(of);
}

function field(name: string): string {
  return (Object.hasOwn(FIELD, name) ? FIELD[name] : undefined) ?? plain(name.replace(/_ids?$/, ""));
}

/** `webhook_delete` to `deleted a webhook`; where the verb is not known, the words as they are. */
function made(action: string): string {
  const cut = action.lastIndexOf("_");
  const noun = plain(action.slice(0, Math.max(cut, 0)));
  const verb = action.slice(cut + 1);
  const did = Object.hasOwn(DID, verb) ? DID[verb] : undefined;
  if (noun === "" || did === undefined) return `did “${plain(action)}”`;
  return `${did} {${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}}`;
}

const plain = (name: string): string => name.replaceAll("_", " ").trim();
