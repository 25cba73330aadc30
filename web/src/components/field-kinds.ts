import type { FieldKind } from "~/api/types/sets.ts";

/** What a custom field can hold, for people. */
export const FIELD_KINDS: Record<FieldKind, { label: string; hint: string }> = {
  text: { label: "Text", hint: "Any words." },
  number: { label: "Number", hint: "Can be compared: more than, less than." },
  date: { label: "Date", hint: "A day, such as a renewal or a birthday." },
  choice: { label: "Choice", hint: "One of a few words that you fix here." },
  boolean: { label: "Yes or no", hint: "Either of the two." },
  url: { label: "Link", hint: "An address on the web, shown as a link." },
};
