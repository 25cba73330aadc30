import { useQuery } from "@tanstack/react-query";
import { profilesQuery } from "~/api/icp-queries.ts";
import { listsQuery, segmentsQuery, tagsQuery } from "~/api/set-queries.ts";
import type { Condition } from "~/api/types/funnels.ts";
import type { Leaf } from "./conditions.ts";

/** Questions about where a contact stands: its score, and the sets that it is in. */

export const wrap = (leaf: Condition, not: boolean): Condition => (not ? { not: leaf } : leaf);

export type Parts<L> = { leaf: L; not: boolean; label: string; onChange: (next: Condition) => void };

export function ScoreParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { icp_at_least: number }>>) {
  const profiles = useQuery(profilesQuery).data ?? [];
  const chosen = leaf.icp_profile_id ?? "";
  return (
    <>
      <div className="ask-line">
        <select
          className="input"
          aria-label={`Of which profile, ${label}`}
          value={chosen}
          onChange={({ target }) =>
            onChange(wrap({ ...leaf, icp_profile_id: target.value || undefined }, not))
          }
        >
          <option value="">of the profile that fits best</option>
          {profiles.map(({ id, name }) => (
            <option key={id} value={id}>
              of {name}
            </option>
          ))}
          {chosen === "" || profiles.some(({ id }) => id === chosen) ? null : (
            <option value={chosen}>of one that is not there</option>
          )}
        </select>
      </div>
      <div className="ask-line">
        <select
          className="input"
          aria-label={`How, ${label}`}
          value={not ? "not" : "is"}
          onChange={({ target }) => onChange(wrap(leaf, target.value === "not"))}
        >
          <option value="is">is at least</option>
          <option value="not">is below, or not known</option>
        </select>
        <input
          className="input"
          type="number"
          min={0}
          max={100}
          aria-label={`Score, ${label}`}
          value={leaf.icp_at_least}
          onChange={({ target }) => {
            const next = target.valueAsNumber;
            if (Number.isInteger(next)) onChange(wrap({ ...leaf, icp_at_least: next }, not));
          }}
        />
      </div>
    </>
  );
}

export function SetParts({ leaf, not, label, onChange }: Parts<Extract<Leaf, { set_id: string }>>) {
  const groups = [
    { name: "Tags", sets: useQuery(tagsQuery).data ?? [] },
    { name: "Lists", sets: useQuery(listsQuery).data ?? [] },
    { name: "Segments", sets: useQuery(segmentsQuery).data ?? [] },
  ];
  const known = groups.some(({ sets }) => sets.some(({ id }) => id === leaf.set_id));
  return (
    <div className="ask-line">
      <select
        className="input"
        aria-label={`How, ${label}`}
        value={not ? "not" : "is"}
        onChange={({ target }) => onChange(wrap(leaf, target.value === "not"))}
      >
        <option value="is">is</option>
        <option value="not">is not</option>
      </select>
      <select
        className="input"
        aria-label={`Which, ${label}`}
        value={leaf.set_id}
        onChange={({ target }) => onChange(wrap({ set_id: target.value }, not))}
      >
        {known ? null : (
          <option value={leaf.set_id}>{leaf.set_id === "" ? "Choose" : "One that is not there"}</option>
        )}
        {groups.map(({ name, sets }) =>
          sets.length === 0 ? null : (
            <optgroup key={name} label={name}>
              {sets.map(({ id, name: words }) => (
                <option key={id} value={id}>
                  {words}
                </option>
              ))}
            </optgroup>
          ),
        )}
      </select>
    </div>
  );
}
