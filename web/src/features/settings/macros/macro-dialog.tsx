import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch, post } from "~/api/client.ts";
import type { Macro, MacroStep } from "~/api/types/macros.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { IconButton } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { StepFields } from "./step-fields.tsx";
import { kindsLeft, STEP_KINDS, type StepKind } from "./step-words.ts";
import "./macros.css";

type Line = { key: number; step: MacroStep };

/** A step of this kind that says nothing yet. */
function blank(kind: StepKind): MacroStep {
  switch (kind) {
    case "reply":
    case "note":
      return { kind, text: "" };
    case "label":
    case "unlabel":
      return { kind, label_id: "" };
    case "assign":
      return { kind, assignee_id: null };
    case "snooze":
      return { kind, until: "tomorrow 9am" };
    case "done":
      return { kind };
  }
}

/** A new macro, or what one does. */
export function MacroDialog({ macro, onClose }: { macro: Macro | null; onClose: () => void }) {
  const [name, setName] = useState(macro?.name ?? "");
  const [lines, setLines] = useState<Line[]>(() => (macro?.steps ?? []).map((step, key) => ({ key, step })));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), steps: lines.map(({ step }) => step) };
      return macro ? patch<Macro>(`/api/macros/${macro.id}`, body) : post<Macro>("/api/macros", body);
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["macros"] });
      toast(macro ? "Saved." : "M offers it in the inbox now.");
      onClose();
    },
  });
  const left = kindsLeft(lines.map(({ step }) => step));
  const add = (kind: StepKind) =>
    setLines([...lines, { key: Math.max(-1, ...lines.map(({ key }) => key)) + 1, step: blank(kind) }]);
  return (
    <Dialog title={macro ? `Change ${macro.name}` : "Make a macro"} onClose={onClose}>
      <Form request={save} onSend={save.mutate}>
        <FormError />
        <TextField
          label="Name"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          placeholder={macro ? undefined : "Thanks, until Monday"}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Frame label="Steps" name="steps" group>
          {({ id: _, ...control }) => (
            <div role="group" aria-label="Steps" className="macro-steps" {...control}>
              {lines.map(({ key, step }, at) => (
                <div key={key} className="macro-step">
                  <span className="macro-step-kind small strong">
                    {at + 1}. {STEP_KINDS.find(({ kind }) => kind === step.kind)?.label}
                  </span>
                  <div className="macro-step-fields">
                    <StepFields
                      step={step}
                      onChange={(next) =>
                        setLines(lines.map((line) => (line.key === key ? { key, step: next } : line)))
                      }
                    />
                  </div>
                  <IconButton
                    icon="cross"
                    label={`Take step ${at + 1} out`}
                    onClick={() => setLines(lines.filter((line) => line.key !== key))}
                  />
                </div>
              ))}
              {lines.length < 10 ? (
                <SelectField
                  label="Add a step"
                  hideLabel
                  required={lines.length === 0}
                  value=""
                  onChange={({ target }) => add(target.value as StepKind)}
                >
                  <option value="">{lines.length === 0 ? "What comes first?" : "And then?"}</option>
                  {STEP_KINDS.filter(({ kind }) => left.includes(kind)).map(({ kind, label }) => (
                    <option key={kind} value={kind}>
                      {label}
                    </option>
                  ))}
                </SelectField>
              ) : null}
            </div>
          )}
        </Frame>
        <p className="small soft">
          All of it is done in a conversation, or nothing: where an answer may not be written, the rest is not
          done either, and you are told where.
        </p>
        <FormFoot verb={macro ? "Save" : "Make the macro"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
