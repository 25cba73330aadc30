import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { campaignsQuery } from "~/api/queries.ts";
import { customFieldsQuery, listsQuery, tagsQuery } from "~/api/set-queries.ts";
import { plural } from "~/lib/format.ts";
import { IconButton } from "~/ui/button.tsx";
import { FieldError } from "~/ui/field.tsx";
import { Combobox } from "../combobox.tsx";
import type { Ask, Question } from "./draft.ts";
import { asking, customField, fieldNamed, HAPPENINGS, OWN_FIELDS, waysOf } from "./fields.ts";
import { type Tied, ValueInput } from "./value-input.tsx";

type Change = (ask: Ask, not?: boolean) => void;

/** One condition: what is asked for, how it is compared, and with what. */
export function RuleRow({
  row,
  label,
  mistake,
  onChange,
  onRemove,
}: {
  row: Question;
  /** By which its controls are told from those of the others. */
  label: string;
  mistake?: string;
  onChange: (row: Question) => void;
  onRemove: () => void;
}) {
  const id = useId();
  const fields = useQuery(customFieldsQuery).data;
  const custom = fields ?? [];
  const { ask, not } = row;
  const what = ask.what === "field" ? ask.field : ask.what;
  const change: Change = (next, turned = not) => onChange({ ...row, ask: next, not: turned });
  const tied: Tied = mistake ? { "aria-invalid": true, "aria-describedby": `${id}-wrong` } : {};
  const known = [...OWN_FIELDS, ...custom.map(customField)].some(({ name }) => name === what);
  return (
    <fieldset className="rule-row" aria-label={label} data-part={row.id}>
      <select
        className="input rule-what"
        aria-label={`What, ${label}`}
        value={what}
        onChange={(event) => change(asking(event.target.value, ask, custom), false)}
      >
        <optgroup label="Belongs to">
          <option value="tag">Tag</option>
          <option value="list">List</option>
        </optgroup>
        <optgroup label="Messages">
          <option value="event">What they did</option>
        </optgroup>
        {custom.length > 0 ? (
          <optgroup label="Custom fields">
            {custom.map(customField).map(({ name, label: words }) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </optgroup>
        ) : null}
        <optgroup label="Contact">
          {OWN_FIELDS.map(({ name, label: words }) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </optgroup>
        {fields && ask.what === "field" && !known ? (
          <option value={what}>{what.replace("custom.", "")} (gone)</option>
        ) : null}
      </select>
      {ask.what === "field" ? (
        <FieldParts ask={ask} not={not} label={label} tied={tied} onChange={change} />
      ) : null}
      {ask.what === "event" ? (
        <EventParts ask={ask} not={not} label={label} tied={tied} onChange={change} />
      ) : null}
      {ask.what === "tag" || ask.what === "list" ? (
        <SetParts ask={ask} not={not} label={label} tied={tied} onChange={change} />
      ) : null}
      <span className="rule-remove">
        <IconButton icon="cross" label={`Remove ${label}`} onClick={onRemove} />
      </span>
      {mistake ? (
        <span className="rule-wrong">
          <FieldError id={`${id}-wrong`}>{mistake}</FieldError>
        </span>
      ) : null}
    </fieldset>
  );
}

type Parts<W extends Ask["what"]> = {
  ask: Extract<Ask, { what: W }>;
  not: boolean;
  label: string;
  tied: Tied;
  onChange: Change;
};

function FieldParts({ ask, not, label, tied, onChange }: Parts<"field">) {
  const field = fieldNamed(ask.field, useQuery(customFieldsQuery).data ?? []);
  const ways = waysOf(field.kind, { op: ask.op, not });
  return (
    <>
      <select
        className="input rule-how"
        aria-label={`How, ${label}`}
        value={ways.findIndex((way) => way.op === ask.op && way.not === not)}
        onChange={(event) => {
          const way = ways[Number(event.target.value)];
          if (!way) return;
          // A day and a number of days are no value for each other.
          const keeps = (way.op === "within_days") === (ask.op === "within_days");
          onChange({ ...ask, op: way.op, value: keeps ? ask.value : "" }, way.not);
        }}
      >
        {ways.map((way, at) => (
          <option key={way.label} value={at}>
            {way.label}
          </option>
        ))}
      </select>
      <ValueInput
        field={field}
        op={ask.op}
        value={ask.value}
        label={label}
        tied={tied}
        onChange={(value) => onChange({ ...ask, value })}
      />
    </>
  );
}

function SetParts({ ask, not, label, tied, onChange }: Parts<"tag" | "list">) {
  const isTag = ask.what === "tag";
  const sets = useQuery(isTag ? tagsQuery : listsQuery);
  const options = (sets.data ?? []).map(({ id, name, contacts }) => ({
    id,
    name,
    note: plural(contacts, "contact"),
  }));
  const gone = ask.set !== "" && sets.data ? { id: ask.set, name: `A ${ask.what} that is gone` } : null;
  return (
    <>
      <select
        className="input rule-how"
        aria-label={`How, ${label}`}
        value={not ? "not" : "is"}
        onChange={(event) => onChange(ask, event.target.value === "not")}
      >
        <option value="is">{isTag ? "is" : "has them"}</option>
        <option value="not">{isTag ? "is not" : "does not have them"}</option>
      </select>
      <Combobox
        label={`${isTag ? "Tag" : "List"}, ${label}`}
        placeholder={`Find a ${ask.what}`}
        control={tied}
        options={options}
        value={options.find(({ id }) => id === ask.set) ?? gone}
        onPick={({ id }) => onChange({ what: ask.what, set: id })}
      />
    </>
  );
}

function EventParts({ ask, not, label, tied, onChange }: Parts<"event">) {
  const campaigns = useQuery(campaignsQuery()).data ?? [];
  const gone = ask.campaign !== "" && !campaigns.some(({ id }) => id === ask.campaign);
  return (
    <>
      <select
        className="input rule-how"
        aria-label={`How, ${label}`}
        value={`${not ? "!" : ""}${ask.event}`}
        onChange={(event) => {
          const turned = event.target.value.startsWith("!");
          const found = HAPPENINGS.find((one) => one.event === event.target.value.replace("!", ""));
          if (found) onChange({ ...ask, event: found.event }, turned);
        }}
      >
        {HAPPENINGS.map(({ event, did }) => (
          <option key={event} value={event}>
            {did}
          </option>
        ))}
        {HAPPENINGS.map(({ event, didNot }) => (
          <option key={event} value={`!${event}`}>
            {didNot}
          </option>
        ))}
      </select>
      <span className="rule-event">
        <select
          className="input"
          aria-label={`Campaign, ${label}`}
          value={ask.campaign}
          onChange={(event) => onChange({ ...ask, campaign: event.target.value })}
        >
          <option value="">a message of any campaign</option>
          {campaigns.map(({ id, name }) => (
            <option key={id} value={id}>
              a message of {name}
            </option>
          ))}
          {gone ? <option value={ask.campaign}>a campaign that is gone</option> : null}
        </select>
        <span className="rule-days">
          <span aria-hidden="true">in the last</span>
          <input
            {...tied}
            className="input"
            aria-label={`Days, ${label}; empty for any time`}
            inputMode="numeric"
            placeholder="any"
            value={ask.days}
            onChange={(event) => onChange({ ...ask, days: event.target.value.trim() })}
          />
          <span aria-hidden="true">days</span>
        </span>
      </span>
    </>
  );
}
