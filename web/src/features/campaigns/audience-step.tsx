import { useQuery } from "@tanstack/react-query";
import type { Query } from "~/api/client.ts";
import { contactCountQuery, contactTotalQuery, importsQuery } from "~/api/queries.ts";
import { Combobox } from "~/components/combobox.tsx";
import { useAllSets } from "~/components/sets.ts";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { atLeast, count, personName, plural } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { Choices, Frame, SelectField, TextField } from "~/ui/field.tsx";
import type { AudienceDraft, AudienceKind } from "./draft.ts";

function filterOf(draft: AudienceDraft): Query {
  if (draft.audience === "import") return { import_id: draft.importId };
  if (draft.audience === "set") return { set_id: draft.setId };
  if (draft.audience === "search") return { search: draft.search, status: draft.status };
  return {};
}

export function AudienceStep({
  draft,
  continuous,
  onChange,
  onContinuous,
}: {
  draft: AudienceDraft;
  /** Whether whoever comes to the segment, list or tag later comes in, too. */
  continuous?: boolean;
  onChange: (part: Partial<AudienceDraft>) => void;
  /** Left out where that cannot be chosen. */
  onContinuous?: (continuous: boolean) => void;
}) {
  const imports = useQuery(importsQuery);
  const done = (imports.data ?? []).filter(
    (item) => item.status === "completed" && (item.created > 0 || item.id === draft.importId),
  );
  const filter = useDebounced(filterOf(draft), 200);
  const found = useQuery(contactCountQuery(filter));
  // Whoever writes to many wants to know how many.
  const exact = useQuery({
    ...contactTotalQuery(filter),
    enabled: found.data?.total_is_capped === true,
  });
  const sets = useAllSets();
  const chosen =
    (draft.audience !== "import" || draft.importId !== "") &&
    (draft.audience !== "set" || draft.setId !== "");
  return (
    <section className="panel">
      <div className="panel-body stack">
        <Choices<AudienceKind>
          legend="Who is it for"
          name="audience"
          value={draft.audience}
          onChange={(audience) =>
            onChange({
              audience,
              importId: audience === "import" && draft.importId === "" ? (done[0]?.id ?? "") : draft.importId,
            })
          }
          options={[
            { value: "all", title: "All contacts", text: "Everybody you may write to." },
            {
              value: "set",
              title: "A segment, list or tag",
              text: "Who is in it when the campaign starts, and later where you want that.",
            },
            {
              value: "import",
              title: "The people of one import",
              text: "Whom a file brought in for the first time.",
            },
            { value: "search", title: "A search", text: "Contacts that match words or a status." },
          ]}
        />
        {draft.audience === "import" ? (
          <SelectField
            label="Import"
            value={draft.importId}
            onChange={(event) => onChange({ importId: event.target.value })}
            hint={done.length === 0 ? "No import has brought in anybody yet." : undefined}
          >
            <option value="">Choose an import</option>
            {done.map((item) => (
              <option key={item.id} value={item.id}>
                {item.file_name} ({plural(item.created, "new person", "new people")})
              </option>
            ))}
          </SelectField>
        ) : null}
        {draft.audience === "set" ? (
          <Frame
            label="Segment, list or tag"
            hint={sets.length === 0 ? "There is none yet. Build a segment under Contacts first." : undefined}
          >
            {(control) => (
              <Combobox
                control={control}
                placeholder="Find one by its name"
                options={sets}
                value={sets.find(({ id }) => id === draft.setId) ?? null}
                onPick={({ id }) => onChange({ setId: id })}
              />
            )}
          </Frame>
        ) : null}
        {draft.audience === "set" && onContinuous ? (
          <label className="check">
            <input
              type="checkbox"
              checked={continuous ?? false}
              onChange={(event) => onContinuous(event.target.checked)}
            />
            <span>
              Take in whoever comes to it later
              <span className="small soft check-fix">
                Everybody once. The campaign runs until you archive it or take this off.
              </span>
            </span>
          </label>
        ) : null}
        {draft.audience === "search" ? (
          <div className="form-pairs">
            <TextField
              label="Words"
              placeholder="Name, company, e-mail"
              value={draft.search}
              onChange={(event) => onChange({ search: event.target.value })}
            />
            <SelectField
              label="Status"
              value={draft.status}
              onChange={(event) => onChange({ status: event.target.value })}
            >
              <option value="">Any status</option>
              {CONTACT_STATUSES.map((status) => (
                <option key={status}>{status}</option>
              ))}
            </SelectField>
          </div>
        ) : null}
        {chosen && found.data ? (
          <p className="audience-count" role="status">
            <span className="tile-value">
              {found.data.total_is_capped && exact.data !== undefined
                ? count(exact.data)
                : atLeast(found.data)}
            </span>{" "}
            <span className="soft">
              {found.data.total === 1 ? "person" : "people"}
              {found.data.data.length > 0
                ? `, among them ${found.data.data.slice(0, 3).map(personName).join(", ")}`
                : ". Nobody matches."}
            </span>
          </p>
        ) : null}
        <p className="small muted">
          Whoever opted out is left out at the last moment, always; whoever answers leaves the campaign.
        </p>
      </div>
    </section>
  );
}
