import type { Found } from "~/api/types/search.ts";
import { channelLabel } from "~/lib/channel.ts";
import { paths } from "~/paths.ts";
import type { IconName } from "~/ui/sprite.tsx";

export type FoundEntry = {
  id: string;
  label: string;
  note?: string;
  group: string;
  icon: IconName;
  to: string;
};

const joined = (...parts: (string | null | undefined)[]): string => parts.filter(Boolean).join(" · ");

/** What the search box found, in the order in which it is shown. */
export function foundEntries(found: Found | undefined): FoundEntry[] {
  if (!found) return [];
  return [
    ...found.contacts.map(({ id, name, email, phone, company }) => ({
      id,
      label: name,
      note: joined(company, email === name ? phone : (email ?? phone)),
      group: "People",
      icon: "user" as const,
      to: paths.contact(id),
    })),
    ...found.companies.map(({ id, name, domain }) => ({
      id,
      label: name,
      note: domain ?? undefined,
      group: "Companies",
      icon: "company" as const,
      to: paths.company(id),
    })),
    ...found.targets.map(({ id, name, company }) => ({
      id,
      label: name,
      note: company ?? undefined,
      group: "Targets",
      icon: "flag" as const,
      to: paths.targetsNamed(name),
    })),
    ...found.conversations.map(({ id, contact_name, channel, last_snippet }) => ({
      id,
      label: contact_name,
      note: joined(channelLabel(channel), last_snippet),
      group: "Conversations",
      icon: "inbox" as const,
      to: paths.inbox("open", id),
    })),
    ...found.campaigns.map(({ id, name, status }) => ({
      id,
      label: name,
      note: status,
      group: "Campaigns",
      icon: "campaigns" as const,
      to: paths.campaign(id),
    })),
  ];
}
