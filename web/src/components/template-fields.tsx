import { useQuery } from "@tanstack/react-query";
import { templatesQuery } from "~/api/queries.ts";
import type { WhatsappTemplate } from "~/api/types/senders.ts";
import { Frame, SelectField, TextField } from "~/ui/field.tsx";
import { choicesOf, filledText, isSame, placeLabel, type TemplateDraft } from "./template-text.ts";
import "./template-fields.css";

type Props = {
  draft: TemplateDraft;
  onChange: (draft: TemplateDraft) => void;
  /** What the chosen template says with its values; `undefined` where nobody knows. */
  onText?: (text: string | undefined) => void;
};

/** Which template begins the conversation, and what stands in its places. */
export function TemplateFields({ draft, onChange, onText }: Props) {
  const { data, isPending } = useQuery(templatesQuery);
  const choices = choicesOf(data);
  if (isPending) return null;
  return choices ? (
    <Chosen choices={choices} draft={draft} onChange={onChange} onText={onText} />
  ) : (
    <ByHand draft={draft} onChange={onChange} />
  );
}

/** One of those that WhatsApp has approved. */
function Chosen({ choices, draft, onChange, onText }: Props & { choices: readonly WhatsappTemplate[] }) {
  const chosen = choices.find((one) => isSame(one, draft));
  const values = draft.values.split("\n");
  const change = (next: TemplateDraft, template: WhatsappTemplate | undefined) => {
    onChange(next);
    onText?.(template && filledText(template, next.values.split("\n")));
  };
  return (
    <>
      <SelectField
        label="Template"
        required
        hint={
          choices.length === 0
            ? "WhatsApp has approved none yet. They are submitted in the WhatsApp manager."
            : undefined
        }
        error={
          !chosen && draft.name !== ""
            ? `${draft.name} (${draft.language}) cannot be sent. Choose another.`
            : undefined
        }
        value={chosen ? `${chosen.name} ${chosen.language}` : ""}
        onChange={({ target }) => {
          const next = choices.find((one) => `${one.name} ${one.language}` === target.value);
          if (next) change({ name: next.name, language: next.language, values: "" }, next);
        }}
      >
        {chosen ? null : <option value="">Choose a template</option>}
        {choices.map((one) => (
          <option key={`${one.name} ${one.language}`} value={`${one.name} ${one.language}`}>
            {one.name} · {one.language}
          </option>
        ))}
      </SelectField>
      {chosen ? (
        <>
          <p className="template-text">{filledText(chosen, values)}</p>
          {chosen.layout.places.map((place, at) => {
            const label = placeLabel(chosen.layout.places, at);
            return (
              <TextField
                key={`${place.part} ${label}`}
                label={label}
                required
                autoComplete="off"
                placeholder="A word, or a merge tag in a campaign"
                value={values[at] ?? ""}
                onChange={({ target }) => {
                  const all = chosen.layout.places.map((_, n) =>
                    n === at ? target.value : (values[n] ?? ""),
                  );
                  change({ ...draft, values: all.join("\n") }, chosen);
                }}
              />
            );
          })}
        </>
      ) : null}
    </>
  );
}

/** Its name as it is known in the WhatsApp manager, where nobody has read the list. */
function ByHand({ draft, onChange }: Props) {
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
