import { useState } from "react";
import { TemplateFields } from "~/components/template-fields.tsx";
import { templateOf } from "~/components/template-text.ts";

type Template = { name: string; language: string; values: string[] };

const isTemplate = (value: unknown): value is Template =>
  typeof value === "object" && value !== null && "values" in value && Array.isArray(value.values);

/** Whether a message begins with a text that the platform has approved, and with which. */
export function TemplateChoice({
  label,
  value,
  onChange,
}: {
  label: string;
  value: unknown;
  onChange: (value: Template | undefined) => void;
}) {
  const stored = isTemplate(value) ? value : null;
  // Lines are kept as they are typed: an empty one is the next value that is about to be written.
  const [typed, setTyped] = useState(() => stored?.values.join("\n") ?? "");
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={stored !== null}
          onChange={({ target }) =>
            onChange(target.checked ? templateOf({ name: "", language: "en_US", values: typed }) : undefined)
          }
        />
        <span>{label}</span>
      </label>
      {stored ? (
        <TemplateFields
          draft={{ name: stored.name, language: stored.language, values: typed }}
          onChange={(draft) => {
            setTyped(draft.values);
            onChange(templateOf(draft));
          }}
        />
      ) : (
        <p className="small soft">Without one it reaches only people who wrote in the last 24 hours.</p>
      )}
    </>
  );
}
