import type { TemplatePlace, WhatsappTemplate, WhatsappTemplates } from "~/api/types/senders.ts";

/** A text that the platform has approved, as it is written down here: its values one on each line. */
export type TemplateDraft = { name: string; language: string; values: string };

export const NO_TEMPLATE: TemplateDraft = { name: "", language: "en_US", values: "" };

/** What is sent of it. A line that is empty keeps its place; those at the end are none. */
export function templateOf(draft: TemplateDraft): { name: string; language: string; values: string[] } {
  const values = draft.values.split("\n").map((value) => value.trim());
  while (values.at(-1) === "") values.pop();
  return { name: draft.name.trim(), language: draft.language.trim(), values };
}

/** What may be chosen: each once, whichever account has it. `null` where nobody has read them yet. */
export function choicesOf(all: WhatsappTemplates | undefined): WhatsappTemplate[] | null {
  if (!all || all.accounts.length === 0 || all.accounts.some((one) => one.synced_at === null)) return null;
  const usable = all.data.filter((one) => one.usable);
  return usable.filter((one, at) => usable.findIndex((other) => isSame(one, other)) === at);
}

export function isSame(
  one: { name: string; language: string },
  other: { name: string; language: string },
): boolean {
  return one.name === other.name && one.language === other.language;
}

/** How a place is called: `{{1}} in the text`. */
export function placeLabel(places: readonly TemplatePlace[], at: number): string {
  const place = places[at];
  if (!place) return `Value ${at + 1}`;
  const earlier = places.slice(0, at).filter((one) => one.part === place.part && one.button === place.button);
  const called = `{{${place.name ?? earlier.length + 1}}}`;
  if (place.part === "header") return `${called} in the header`;
  return place.part === "body"
    ? `${called} in the text`
    : `${called} in the link of button ${(place.button ?? 0) + 1}`;
}

/** The text with its values filled in; what is still missing stays a place. */
export function filledText(template: WhatsappTemplate, values: readonly string[]): string {
  const { header, body, footer, places } = template.layout;
  const fill = (text: string, part: TemplatePlace["part"]) => {
    const own = places
      .map((place, at) => ({ place, value: values[at] ?? "" }))
      .filter((one) => one.place.part === part);
    return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, key: string) => {
      const found = own.find(({ place }, at) => (place.name ?? String(at + 1)) === key);
      return found?.value || whole;
    });
  };
  return [header && fill(header, "header"), fill(body, "body"), footer].filter(Boolean).join("\n\n");
}
