import type { InboxView } from "~/api/types.ts";

export const INBOX_VIEWS: readonly InboxView[] = ["open", "unread", "done", "unmatched", "uncertain"];
export const CAMPAIGN_TABS = ["overview", "funnel", "people", "settings"] as const;
export type CampaignTab = (typeof CAMPAIGN_TABS)[number];
export const SETTINGS_SECTIONS = [
  "workspace",
  "sending",
  "senders",
  "suppression",
  "appearance",
  "shortcuts",
] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** Every address of the application. */
export const paths = {
  home: "/",
  login: "/login",
  setup: "/setup",
  contacts: "/contacts",
  contact: (id: string) => `/contacts/${id}`,
  imports: "/import",
  import: (id: string) => `/import/${id}`,
  campaigns: "/campaigns",
  newCampaign: "/campaigns/new",
  campaign: (id: string, tab: CampaignTab = "overview") =>
    tab === "overview" ? `/campaigns/${id}` : `/campaigns/${id}/${tab}`,
  inbox: (view: InboxView = "open", id?: string) => (id ? `/inbox/${view}/${id}` : `/inbox/${view}`),
  settings: (section: SettingsSection = "workspace") => `/settings/${section}`,
  jobs: "/jobs",
} as const;
