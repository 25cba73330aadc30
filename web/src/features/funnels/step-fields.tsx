import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import { type FieldSpec, kindOf } from "~/components/funnel/kinds.ts";
import { count, plural } from "~/lib/format.ts";
import { smsSegments } from "~/lib/sms.ts";
import { SelectField, TextField } from "~/ui/field.tsx";
import { SpanField } from "./span-field.tsx";
import { SplitFields } from "./split-fields.tsx";
import { StepChoice } from "./step-choice.tsx";
import { TagField } from "./tag-field.tsx";
import { TemplateChoice } from "./template-choice.tsx";
import { UpdateFields } from "./update-fields.tsx";
import { WaitFields } from "./wait-fields.tsx";
import { WebhookChoice } from "./webhook-choice.tsx";

type Change = (settings: NodeConfig, about: string) => void;

/** The fields of a step, as the table of kinds has them. */
export function StepFields({ node, onChange }: { node: FunnelNode; onChange: Change }) {
  const config = node.config ?? {};
  return kindOf(node.type)
    .fields.filter((spec) => spec.when?.(config) ?? true)
    .map((spec) => {
      if (spec.as === "wait") return <WaitFields key={spec.name} node={node} onChange={onChange} />;
      if (spec.as === "variants") return <SplitFields key={spec.name} node={node} onChange={onChange} />;
      if (spec.as === "update") return <UpdateFields key={spec.name} node={node} onChange={onChange} />;
      const change = (value: unknown) => onChange({ [spec.name]: value }, `${node.key}.${spec.name}`);
      const value = config[spec.name];
      if (spec.as === "webhook")
        return <WebhookChoice key={spec.name} label={spec.label} value={value} onChange={change} />;
      if (spec.as === "template")
        return <TemplateChoice key={spec.name} label={spec.label} value={value} onChange={change} />;
      return spec.as === "step" ? (
        <StepChoice key={spec.name} label={spec.label} not={node.key} value={value} onChange={change} />
      ) : (
        <StepField key={spec.name} spec={spec} value={value} onChange={change} />
      );
    });
}

type Plain = Exclude<FieldSpec, { as: "wait" | "variants" | "step" | "update" | "webhook" | "template" }>;

type Props<S> = { spec: S; value: unknown; onChange: (value: unknown) => void };

function StepField({ spec, value, onChange }: Props<Plain>) {
  const text = typeof value === "string" ? value : "";
  switch (spec.as) {
    case "line":
      return spec.tags ? (
        <TagField {...spec} lines={false} value={text} onChange={onChange} />
      ) : (
        <TextField
          label={spec.label}
          hint={spec.hint}
          placeholder={spec.placeholder}
          autoComplete="off"
          value={text}
          onChange={({ target }) => onChange(target.value === "" && spec.optional ? undefined : target.value)}
        />
      );
    case "text":
      return (
        <div className="field">
          <TagField {...spec} lines value={text} onChange={onChange} />
          {spec.meter === "sms" ? (
            <SmsMeter text={text} />
          ) : spec.meter === "none" ? null : (
            <WordMeter text={text} />
          )}
        </div>
      );
    case "span":
      return (
        <>
          {spec.optional === undefined ? null : (
            <label className="check">
              <input
                type="checkbox"
                checked={value !== undefined}
                onChange={({ target }) => onChange(target.checked ? (spec.start ?? 86_400) : undefined)}
              />
              <span>{spec.optional}</span>
            </label>
          )}
          {spec.optional !== undefined && value === undefined ? null : (
            <SpanField label={spec.label} hint={spec.hint} value={value} onChange={onChange} />
          )}
        </>
      );
    case "check":
      return (
        <label className="check">
          <input
            type="checkbox"
            checked={value === true}
            onChange={({ target }) => onChange(target.checked)}
          />
          <span>{spec.label}</span>
        </label>
      );
    case "choice":
      return (
        <SelectField
          label={spec.label}
          hint={spec.hint}
          value={text}
          onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
        >
          {spec.none !== undefined || text === "" ? <option value="">{spec.none ?? "Choose"}</option> : null}
          {text !== "" && !spec.options.some((option) => option.value === text) ? (
            <option value={text}>{text}</option>
          ) : null}
          {spec.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </SelectField>
      );
  }
}

/** How the network cuts a text, before its merge tags are filled in. */
function SmsMeter({ text }: { text: string }) {
  const { units, segments, perSegment, unicode } = smsSegments(text);
  const full = segments === 0 ? 0 : units / (segments * perSegment);
  return (
    <div className="meter">
      <span className="meter-track" aria-hidden="true">
        <span
          className={segments > 3 ? "meter-fill meter-much" : "meter-fill"}
          style={{ width: `${full * 100}%` }}
        />
      </span>
      <span>
        {plural(segments, "segment")}, {count(units)} of {count(Math.max(1, segments) * perSegment)}{" "}
        characters
        {unicode ? ", in Unicode: a letter or sign outside the plain alphabet more than halves the room" : ""}
        . Merge tags add to it.
      </span>
    </div>
  );
}

/** The words of an e-mail; short ones are answered. */
function WordMeter({ text }: { text: string }) {
  const words = text
    .replaceAll(/\{\{[^}]*\}\}/g, "tag")
    .split(/\s+/)
    .filter((word) => word !== "").length;
  return (
    <div className="meter">
      <span>
        {plural(words, "word")}
        {words > 180 ? ". Long for a first e-mail: most people read on a phone." : ""}
      </span>
    </div>
  );
}
