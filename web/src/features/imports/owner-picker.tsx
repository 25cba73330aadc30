import { useState } from "react";
import { useMe } from "~/components/me.ts";
import { OwnerOptions, useMembers, useOwnersShown } from "~/components/owner.tsx";
import { mayManage } from "~/lib/roles.ts";
import { FieldError, SelectField } from "~/ui/field.tsx";

const IN_TURN = "in turn";

/** Whose the new contacts become: who imports, somebody else, or several in turn. */
export function OwnerPicker({
  owners,
  error,
  onChange,
}: {
  owners: readonly string[];
  error: string | undefined;
  onChange: (owners: readonly string[]) => void;
}) {
  const me = useMe();
  const members = useMembers().filter(({ disabled }) => !disabled);
  const [several, setSeveral] = useState(owners.length > 1);
  if (!useOwnersShown() || !mayManage(me.member.role)) return null;
  const mine = members.find(({ you }) => you)?.id ?? "";
  const names = members.filter(({ id }) => owners.includes(id)).map(({ name }) => name);
  return (
    <>
      <SelectField
        label="New contacts belong to"
        hint={several ? undefined : "People who are here already stay whose they are."}
        error={several ? undefined : error}
        value={several ? IN_TURN : (owners[0] ?? mine)}
        onChange={(event) => {
          const chosen = event.target.value;
          setSeveral(chosen === IN_TURN);
          if (chosen === IN_TURN) onChange(owners);
          else onChange(chosen === mine ? [] : [chosen]);
        }}
      >
        <OwnerOptions />
        <option value={IN_TURN}>Several people, in turn</option>
      </SelectField>
      {several ? (
        <fieldset className="stack-2">
          <legend className="label">Who takes turns</legend>
          <div className="row row-wrap">
            {members.map(({ id, name, you }) => (
              <label className="row box-choice" key={id}>
                <input
                  type="checkbox"
                  checked={owners.includes(id)}
                  onChange={() =>
                    onChange(owners.includes(id) ? owners.filter((owner) => owner !== id) : [...owners, id])
                  }
                />
                {name}
                {you ? " (you)" : ""}
              </label>
            ))}
          </div>
          <p className="small soft" role="status">
            {names.length === 0
              ? "Nobody yet: the new contacts are yours."
              : names.length === 1
                ? `All new contacts go to ${names[0]}.`
                : `Each of the ${names.length} gets as many of the new contacts as the others.`}
          </p>
          {error ? <FieldError alert>{error}</FieldError> : null}
        </fieldset>
      ) : null}
    </>
  );
}
