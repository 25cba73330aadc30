/** What a text can say about the one who gets it. */

export type MergeTag = { field: string; label: string; group: string; fallback: boolean };

const tag = (field: string, label: string, group: string, fallback = true): MergeTag => ({
  field,
  label,
  group,
  fallback,
});

export const MERGE_TAGS: readonly MergeTag[] = [
  tag("contact.first_name", "First name", "Contact"),
  tag("contact.last_name", "Last name", "Contact"),
  tag("contact.full_name", "Full name", "Contact"),
  tag("contact.company", "Company", "Contact"),
  tag("contact.title", "Job title", "Contact"),
  tag("contact.city", "City", "Contact"),
  tag("contact.country", "Country", "Contact"),
  tag("contact.email", "E-mail", "Contact"),
  tag("contact.phone", "Phone", "Contact"),
  tag("sender.name", "Sender's name", "Sender", false),
  tag("sender.address", "Sender's address", "Sender", false),
  tag("campaign.name", "Campaign", "Campaign", false),
  tag("event.name", "Name", "Event", false),
  tag("event.date", "Day", "Event", false),
  tag("event.time", "Time", "Event", false),
  tag("event.place", "Place", "Event", false),
  tag("event.type", "In person or virtual", "Event", false),
  tag("unsubscribe_url", "Unsubscribe link", "Campaign", false),
];

/** The tag as it stands in a text. */
export function tagText(field: string, fallback: string): string {
  const words = fallback.trim().replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return words === "" ? `{{ ${field} }}` : `{{ ${field} | default("${words}") }}`;
}

/** The tags in a text that have nothing to say instead where somebody lacks the field. */
export function bareTags(text: string): string[] {
  const found = [...text.matchAll(/\{\{\s*(contact\.[a-z_]+)\s*((?:\|[^}]*)?)\}\}/g)];
  const bare = found.filter(([, , filters = ""]) => !filters.includes("default"));
  return [...new Set(bare.map(([, field = ""]) => field))];
}
