import { Frame, TextField } from "~/ui/field.tsx";

/** A text that the platform has approved, as it is written down here: its values one on each line. */
export type TemplateDraft = { name: string; language: string; values: string };

export const NO_TEMPLATE: TemplateDraft = { name: "", language: "en_US", values: "" };

/** What is sent of it. */
export function templateOf(draft: TemplateDraft): { name: string; language: string; values: string[] } {
  const values = draft.values.split("\n").map((value) => value.trim());
  return {
    name: draft.name.trim(),
    language: draft.language.trim(),
    values: values.filter((value) => value !== ""),
  };
}

/** Which template begins the conversation, and what stands in its places. */
export function TemplateFields({
  draft,
  onChange,
}: {
  draft: TemplateDraft;
  onChange: (draft: TemplateDraft) => void;
}) {
  return (
    <>
      <div className="form-pairs">
        <TextField
          label="Template"
          hint="Its name in the WhatsApp manager, such as welcome_2026."
          required
          value={draft.name}
          onChange={(event) => onChange({ ...draft, name: event.target.value })}
        />
        <TextField
          label="Language"
          hint="As WhatsApp spells it: en_US."
          required
          value={draft.language}
          onChange={(event) => onChange({ ...draft, language: event.target.value })}
        />
      </div>
      <Frame label="Values" hint="What stands in its places {{1}}, {{2}}, … one on each line.">
        {(control) => (
          <textarea
            {...control}
            className="input"
            rows={2}
            value={draft.values}
            onChange={(event) => onChange({ ...draft, values: event.target.value })}
          />
        )}
      </Frame>
    </>
  );
}
