import { useState } from "react";
import { fieldError, formError } from "~/api/errors.ts";
import type { MatchBy, OnMatch, WithoutKey } from "~/api/types/imports.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { countries } from "~/lib/zones.ts";
import { Button } from "~/ui/button.tsx";
import { Choices, SelectField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { AgreedFields } from "./agreed-fields.tsx";
import { ListPicker } from "./list-picker.tsx";
import { KEY_TEXT, MATCH_TEXT, type Mapping } from "./mapping.ts";
import { OwnerPicker } from "./owner-picker.tsx";
import { keysOf, type Rules, ruledColumns, withColumn } from "./rules.ts";
import { TagPicker } from "./tag-picker.tsx";

/** What the rule above is not for: single columns. */
function ColumnRules({
  mapping,
  rules,
  onChange,
}: {
  mapping: Mapping;
  rules: Rules;
  onChange: (change: Partial<Rules>) => void;
}) {
  const columns = ruledColumns(mapping);
  // Where it begins; from there on it is the reader's.
  const [isOpen] = useState(() => columns.some((column) => rules.byColumn[column]));
  if (columns.length === 0) return null;
  return (
    <details className="column-rules" open={isOpen}>
      <summary>Rules for single columns</summary>
      <div className="column-rules-list">
        {columns.map((column) => (
          <SelectField
            key={column}
            label={column}
            value={rules.byColumn[column] ?? ""}
            onChange={(event) =>
              onChange({ byColumn: withColumn(rules, column, event.target.value as OnMatch | "") })
            }
          >
            <option value="">As above</option>
            <option value="fill">Fill in what is empty</option>
            <option value="overwrite">Overwrite</option>
            <option value="skip">Leave as it is</option>
          </SelectField>
        ))}
      </div>
    </details>
  );
}

/** What people are found by, and what becomes of rows that do not have it. */
function KeyRules({
  mapping,
  rules,
  onChange,
}: {
  mapping: Mapping;
  rules: Rules;
  onChange: (change: Partial<Rules>) => void;
}) {
  const keys = keysOf(mapping);
  const chosen = keys.includes(rules.matchBy) ? rules.matchBy : "email_then_phone";
  return (
    <div className="key-rules">
      <SelectField
        label="Find people who are here by"
        hint={
          chosen === "phone"
            ? "The e-mail address of somebody who is found stays. A row with the e-mail address of somebody else is rejected."
            : undefined
        }
        value={chosen}
        onChange={(event) => onChange({ matchBy: event.target.value as MatchBy })}
      >
        {keys.map((key) => (
          <option key={key} value={key}>
            {KEY_TEXT[key].title}
          </option>
        ))}
      </SelectField>
      {chosen === "email_then_phone" ? null : (
        <SelectField
          label={`Rows without ${KEY_TEXT[chosen].missing}`}
          value={rules.withoutKey}
          onChange={(event) => onChange({ withoutKey: event.target.value as WithoutKey })}
        >
          <option value="create">Make a new contact</option>
          <option value="reject">Reject them</option>
        </SelectField>
      )}
    </div>
  );
}

export function RulesStep({
  mapping,
  rules,
  request,
  isChecked,
  onChange,
  onCheck,
  onBack,
  onStart,
}: {
  mapping: Mapping;
  rules: Rules;
  request: { error: unknown; isPending: boolean };
  /** The check was made with these rules. */
  isChecked: boolean;
  onChange: (change: Partial<Rules>) => void;
  onCheck: () => void;
  onBack: () => void;
  onStart: () => void;
}) {
  const { country, onMatch, tags, list } = rules;
  const { error, isPending } = request;
  const unsaid = formError(error, [
    "tags",
    "list_id",
    "owner_ids",
    "consent.channels",
    "consent.source",
    "consent.at",
  ]);
  const { same } = KEY_TEXT[keysOf(mapping).includes(rules.matchBy) ? rules.matchBy : "email_then_phone"];
  return (
    <>
      {unsaid ? <ErrorBlock error={unsaid} title="The import did not start." /> : null}
      <section className="panel">
        <div className="panel-body stack">
          {keysOf(mapping).length > 2 ? (
            <KeyRules mapping={mapping} rules={rules} onChange={onChange} />
          ) : null}
          <Choices
            legend={`When somebody with the same ${same} is already here`}
            name="on-match"
            value={onMatch}
            onChange={(value) => onChange({ onMatch: value })}
            options={(Object.keys(MATCH_TEXT) as OnMatch[]).map((value) => ({ value, ...MATCH_TEXT[value] }))}
          />
          <ColumnRules mapping={mapping} rules={rules} onChange={onChange} />
          {Object.values(mapping).includes("phone") ? (
            <SelectField
              label="Country of phone numbers without a country code"
              value={country}
              onChange={(event) => onChange({ country: event.target.value })}
            >
              {countries(country).map((item) => (
                <option key={item.code} value={item.code}>
                  {item.name}
                </option>
              ))}
            </SelectField>
          ) : null}
        </div>
      </section>
      <section className="panel">
        <div className="panel-body stack">
          <TagPicker
            tags={tags}
            error={fieldError(error, "tags")}
            onChange={(next) => onChange({ tags: next })}
          />
          <ListPicker
            list={list}
            error={fieldError(error, "list_id")}
            onChange={(next) => onChange({ list: next })}
          />
          <OwnerPicker
            owners={rules.owners}
            error={fieldError(error, "owner_ids")}
            onChange={(owners) => onChange({ owners })}
          />
        </div>
      </section>
      <AgreedFields agreed={rules.agreed} error={error} onChange={(agreed) => onChange({ agreed })} />
      {isChecked ? null : (
        <Callout>
          The check was made with other rules, so its numbers do not count any more.{" "}
          <Button small onClick={onCheck}>
            Check again
          </Button>
        </Callout>
      )}
      <p className="small soft">
        People on the suppression list are imported and stay suppressed. Nobody is written to by an import.
      </p>
      <div className="wizard-foot">
        <Button icon="left" look="quiet" onClick={onBack}>
          Check
        </Button>
        <span className="push" />
        <Button look="primary" busy={isPending} onClick={onStart}>
          Import the contacts
        </Button>
      </div>
    </>
  );
}
