import type { InboxView } from "~/api/types/inbox.ts";
import type { Role } from "~/api/types/workspace.ts";

export const INBOX_VIEWS: readonly InboxView[] = [
  "open",
  "mine",
  "unread",
  "late",
  "unassigned",
  "snoozed",
  "mentions",
  "done",
  "unmatched",
  "uncertain",
  "blocked",
  "all",
];
export const CAMPAIGN_TABS = ["overview", "funnel", "people", "versions", "settings"] as const;
export type CampaignTab = (typeof CAMPAIGN_TABS)[number];
export type SettingsSection =
  | "profile"
  | "notifications"
  | "security"
  | "keys"
  | "relayers"
  | "appearance"
  | "shortcuts"
  | "workspace"
  | "team"
  | "sending"
  | "senders"
  | "custom-fields"
  | "icp"
  | "labels"
  | "canned"
  | "macros"
  | "assignment"
  | "reply-times"
  | "suppression"
  | "privacy"
  | "webhooks"
  | "audit";
type SettingsGroup = {
  label: string;
  sections: readonly { id: SettingsSection; label: string; adminsOnly?: boolean }[];
};

/** What can be set: by everybody for themselves, and for all of the workspace. */
export const SETTINGS: readonly SettingsGroup[] = [
  {
    label: "You",
    sections: [
      { id: "profile", label: "Profile" },
      { id: "notifications", label: "Notifications" },
      { id: "security", label: "Security" },
      { id: "keys", label: "API keys" },
      { id: "relayers", label: "Relayers" },
      { id: "appearance", label: "Appearance" },
      { id: "shortcuts", label: "Shortcuts" },
    ],
  },
  {
    label: "Workspace",
    sections: [
      { id: "workspace", label: "General" },
      { id: "team", label: "Team" },
      { id: "sending", label: "Sending" },
      { id: "senders", label: "Senders" },
      { id: "custom-fields", label: "Custom fields" },
      { id: "icp", label: "ICP profiles" },
      { id: "labels", label: "Labels" },
      { id: "canned", label: "Canned replies" },
      { id: "macros", label: "Macros" },
      { id: "assignment", label: "Assignment" },
      { id: "reply-times", label: "Reply times" },
      { id: "suppression", label: "Suppression list" },
      { id: "privacy", label: "Privacy", adminsOnly: true },
      { id: "webhooks", label: "Webhooks", adminsOnly: true },
      { id: "audit", label: "Audit", adminsOnly: true },
    ],
  },
];

/** The part of it that somebody with this role is shown. */
export function settingsFor(role: Role): SettingsGroup[] {
  return SETTINGS.map(({ label, sections }) => ({
    label,
    sections: sections.filter(({ adminsOnly }) => !adminsOnly || role === "admin"),
  }));
}

/** The part of the inbox and the rest of what a saved view of it says. */
export function inboxPart(query: string): { part: InboxView; search: string } {
  const rest = new URLSearchParams(query);
  const part = INBOX_VIEWS.find((item) => item === rest.get("part")) ?? "open";
  rest.delete("part");
  return { part, search: rest.toString() };
}

/** Every address of the application. */
export const paths = {
  home: "/",
  login: "/login",
  /** The login that leads back to `next`; it says so where a session ran out. */
  loginFor: (next: string, expired: boolean) => {
    const params = new URLSearchParams();
    if (next !== "/") params.set("next", next);
    if (expired) params.set("expired", "1");
    return params.size === 0 ? "/login" : `/login?${params}`;
  },
  invite: "/invite",
  setup: "/setup",
  contacts: "/contacts",
  /** Whose: the id of a member, or `me`. */
  contactsOf: (owner: string) => `/contacts?owner=${owner}`,
  contact: (id: string) => `/contacts/${id}`,
  /** The people of a tag, a list or a segment. */
  contactsIn: (set: string) => `/contacts?set_id=${set}`,
  duplicates: "/contacts/duplicates",
  targets: "/targets",
  /** The targets with this in their name. */
  targetsNamed: (name: string) => `/targets?q=${encodeURIComponent(name)}`,
  companies: "/companies",
  company: (id: string) => `/companies/${id}`,
  lists: "/lists",
  tags: "/tags",
  segments: "/segments",
  newSegment: "/segments/new",
  segment: (id: string) => `/segments/${id}`,
  imports: "/import",
  import: (id: string) => `/import/${id}`,
  /** The same, asking whether to take it back. */
  undoImport: (id: string) => `/import/${id}?undo=ask`,
  funnels: "/funnels",
  newFunnel: "/funnels/new",
  funnel: (id: string) => `/funnels/${id}`,
  campaigns: "/campaigns",
  newCampaign: "/campaigns/new",
  /** A new one for the people of a tag, a list or a segment. */
  newCampaignFor: (set: string) => `/campaigns/new?set=${set}`,
  campaign: (id: string, tab: CampaignTab = "overview") =>
    tab === "overview" ? `/campaigns/${id}` : `/campaigns/${id}/${tab}`,
  /** Where its steps are changed. */
  campaignSteps: (id: string) => `/campaigns/${id}/steps`,
  inbox: (view: InboxView = "open", id?: string) => (id ? `/inbox/${view}/${id}` : `/inbox/${view}`),
  settings: (section: SettingsSection = "workspace") => `/settings/${section}`,
  /** What the ideal customer is like; `new` for one more. */
  icpProfile: (id: string) => `/settings/icp/${id}`,
  inviteColleague: "/settings/team?invite=1",
  notifications: "/notifications",
  tasks: "/tasks",
  queue: "/queue",
  jobs: "/jobs",
} as const;
