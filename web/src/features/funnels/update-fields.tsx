import { useQuery } from "@tanstack/react-query";
import { customFieldsQuery, tagsQuery } from "~/api/set-queries.ts";
import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { Combobox } from "~/components/combobox.tsx";
import { choicesFor } from "~/components/custom-input.tsx";
import { CUSTOM, SETTABLE, settingsOf, tagsOf } from "~/components/funnel/kinds.ts";
import { OwnerOptions, useMembers } from "~/components/owner.tsx";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { IconButton } from "~/ui/button.tsx";
import { Chip } from "~/ui/chip.tsx";
import { Frame, SelectField } from "~/ui/field.tsx";
import { TagField } from "./tag-field.tsx";

type Props = { node: FunnelNode; onChange: (settings: NodeConfig, about: string) => void };

/** What a step changes of the contact: fields, tags, status and owner. What is left alone is not in the config. */
export function UpdateFields({ node, onChange }: Props) {
  const config = node.config ?? {};
  const customs = useQuery(customFieldsQuery).data ?? [];
  const members = useMembers();
  const settings = settingsOf(config);
  const set = (next: Readonly<Record<string, string>>, about: string) =>
    onChange({ set: Object.keys(next).length > 0 ? next : undefined }, `${node.key}.${about}`);
  const names = [...SETTABLE, ...customs.map(({ key, name }) => ({ value: `${CUSTOM}${key}`, label: name }))];
  const free = names.filter(({ value }) => !(value in settings));
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  const owner = text(config.owner_id);
  return (
    <>
      <fieldset className="field update-field">
        <legend className="label">Fields</legend>
        {Object.entries(settings).map(([field, value]) => (
          <Setting
            key={field}
            label={names.find((known) => known.value === field)?.label ?? field}
            custom={customs.find(({ key }) => `${CUSTOM}${key}` === field)}
            value={value}
            onChange={(next) => set({ ...settings, [field]: next }, `set.${field}`)}
            onRemove={() => {
              const { [field]: _, ...rest } = settings;
              set(rest, `remove.${field}`);
            }}
          />
        ))}
        <select
          className="input"
          aria-label="Set another field"
          value=""
          disabled={free.length === 0}
          onChange={({ target }) => {
            if (target.value !== "") set({ ...settings, [target.value]: "" }, `add.${target.value}`);
          }}
        >
          <option value="">Set a field</option>
          {free.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </fieldset>
      <TagNames
        label="Put on these tags"
        names={tagsOf(config.add_tags)}
        onChange={(next) => onChange({ add_tags: next }, `${node.key}.add_tags`)}
      />
      <TagNames
        label="Take off these tags"
        names={tagsOf(config.remove_tags)}
        onChange={(next) => onChange({ remove_tags: next }, `${node.key}.remove_tags`)}
      />
      <SelectField
        label="Set the status to"
        value={text(config.status)}
        onChange={({ target }) => onChange({ status: target.value || undefined }, `${node.key}.status`)}
      >
        <option value="">Leave it as it is</option>
        {CONTACT_STATUSES.map((status) => (
          <option key={status} value={status}>
            {status}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Hand the contact to"
        value={owner}
        onChange={({ target }) => onChange({ owner_id: target.value || undefined }, `${node.key}.owner`)}
      >
        <option value="">Whoever has it</option>
        {owner === "" || members.some(({ id }) => id === owner) ? null : (
          <option value={owner}>Somebody who is not here any more</option>
        )}
        <OwnerOptions now={owner} />
      </SelectField>
    </>
  );
}

function Setting({
  label,
  custom,
  value,
  onChange,
  onRemove,
}: {
  label: string;
  custom: CustomField | undefined;
  value: string;
  onChange: (value: string) => void;
  onRemove: () => void;
}) {
  const chosen = custom?.kind === "choice" || custom?.kind === "boolean";
  return (
    <div className="update-line">
      {custom && chosen ? (
        <SelectField label={label} value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">Nothing: clear it</option>
          {choicesFor(custom, value)}
        </SelectField>
      ) : (
        <TagField
          label={label}
          lines={false}
          value={value}
          quiet
          placeholder={custom?.kind === "date" ? "2026-11-30" : "Nothing: clear it"}
          onChange={onChange}
        />
      )}
      <IconButton icon="cross" label={`Leave ${label} as it is`} onClick={onRemove} />
    </div>
  );
}

/** Tags by name; one that is not there yet is made when the first contact gets it. */
function TagNames({
  label,
  names,
  onChange,
}: {
  label: string;
  names: readonly string[];
  onChange: (names: readonly string[] | undefined) => void;
}) {
  const known = useQuery(tagsQuery).data ?? [];
  const has = new Set(names.map((name) => name.toLowerCase()));
  const set = (next: readonly string[]) => onChange(next.length > 0 ? next : undefined);
  return (
    <Frame label={label}>
      {(control) => (
        <>
          {names.length > 0 ? (
            <div className="chips">
              {names.map((name) => (
                <Chip
                  key={name}
                  remove={`Leave out the tag ${name}`}
                  onRemove={() => set(names.filter((other) => other !== name))}
                >
                  {name}
                </Chip>
              ))}
            </div>
          ) : null}
          <Combobox
            control={control}
            placeholder="Find or name a tag"
            options={known.filter(({ name }) => !has.has(name.toLowerCase()))}
            create="Use a new tag"
            onPick={({ name }) => set([...names, name])}
            onCreate={(name) => set([...names, name])}
          />
        </>
      )}
    </Frame>
  );
}
