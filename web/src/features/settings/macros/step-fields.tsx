import { useQuery } from "@tanstack/react-query";
import { labelsQuery, snippetsQuery } from "~/api/inbox-queries.ts";
import type { MacroStep } from "~/api/types/macros.ts";
import { useMembers } from "~/components/owner.tsx";
import { Frame, SelectField, TextField } from "~/ui/field.tsx";

/** What one step needs to know. */
export function StepFields({ step, onChange }: { step: MacroStep; onChange: (next: MacroStep) => void }) {
  const labels = useQuery(labelsQuery).data ?? [];
  const snippets = useQuery(snippetsQuery).data ?? [];
  const members = useMembers().filter(({ disabled }) => !disabled);
  switch (step.kind) {
    case "reply":
    case "note":
      return (
        <>
          <Frame
            label={step.kind === "reply" ? "What they read" : "What colleagues read"}
            hideLabel
            hint={
              step.kind === "reply" ? 'Merge tags work: {{ contact.first_name | default("") }}' : undefined
            }
          >
            {(control) => (
              <textarea
                {...control}
                className="input"
                rows={3}
                required
                value={step.text}
                onChange={({ target }) => onChange({ ...step, text: target.value })}
              />
            )}
          </Frame>
          {step.kind === "reply" && snippets.length > 0 ? (
            <SelectField
              label="Take the text of a canned reply"
              hideLabel
              value=""
              onChange={({ target }) =>
                onChange({ ...step, text: snippets.find(({ id }) => id === target.value)?.body ?? step.text })
              }
            >
              <option value="">Take the text of a canned reply</option>
              {snippets.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
          ) : null}
        </>
      );
    case "label":
    case "unlabel":
      return (
        <Choice
          label="Which label"
          value={step.label_id}
          from={labels}
          onChange={(label_id) => onChange({ ...step, label_id })}
        />
      );
    case "assign":
      return (
        <SelectField
          label="Who is to answer"
          hideLabel
          value={step.assignee_id ?? ""}
          onChange={({ target }) => onChange({ ...step, assignee_id: target.value || null })}
        >
          <option value="">The owner of the contact</option>
          {members.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      );
    case "snooze":
      return (
        <TextField
          label="Until when"
          hideLabel
          required
          hint="As in the inbox: tomorrow 9am, in 3 days, next monday."
          value={step.until}
          onChange={({ target }) => onChange({ ...step, until: target.value })}
        />
      );
    case "done":
      return null;
  }
}

function Choice({
  label,
  value,
  from,
  onChange,
}: {
  label: string;
  value: string;
  from: readonly { id: string; name: string }[];
  onChange: (id: string) => void;
}) {
  return (
    <SelectField
      label={label}
      hideLabel
      required
      value={value}
      onChange={({ target }) => onChange(target.value)}
    >
      <option value="">{from.length === 0 ? "There is none yet" : label}</option>
      {from.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </SelectField>
  );
}
