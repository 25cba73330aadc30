import { fieldError } from "~/api/errors.ts";
import type { CompanyDetail, CompanyInput } from "~/api/types/companies.ts";
import { EditRow } from "~/components/edit-row.tsx";
import { useMe } from "~/components/me.ts";
import { OwnerOptions, useMembers, useOwnersShown } from "~/components/owner.tsx";
import { count } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useSave } from "./use-save.ts";
import { employeesOf } from "./words.ts";

const ROWS: { key: Exclude<keyof CompanyInput, "employee_count" | "owner_id" | "notes">; label: string }[] = [
  { key: "name", label: "Name" },
  { key: "domain", label: "Domain" },
  { key: "industry", label: "Industry" },
  { key: "city", label: "City" },
  { key: "country", label: "Country" },
  { key: "linkedin_url", label: "LinkedIn" },
];

/** Every field is a button that becomes an input; Enter saves, Escape leaves it as it was. */
export function CompanyFields({ company }: { company: CompanyDetail }) {
  const owned = useOwnersShown();
  const save = useSave(company);
  const wrong = (key: string) => fieldError(save.error, key);
  const row = ({ key, label }: (typeof ROWS)[number]) => (
    <EditRow
      key={key}
      label={label}
      value={company[key] ?? ""}
      href={leadsTo(company, key)}
      error={wrong(key)}
      onSave={(value) => save.mutate({ [key]: value })}
    />
  );
  return (
    <dl className="stack-2">
      {ROWS.slice(0, 3).map(row)}
      <EditRow
        label="Employees"
        type="number"
        value={company.employee_count === null ? "" : String(company.employee_count)}
        shown={company.employee_count === null ? "" : count(company.employee_count)}
        error={wrong("employee_count")}
        onSave={(value) => {
          const employees = employeesOf(value);
          // What is no number goes as one that cannot be, so that the server says what would do.
          save.mutate({ employee_count: Number.isNaN(employees) ? -1 : employees });
        }}
      />
      {ROWS.slice(3).map(row)}
      {owned ? (
        <div className="edit-row">
          <dt>Owner</dt>
          <dd>
            <Owner company={company} onChange={(owner_id) => save.mutate({ owner_id })} />
          </dd>
        </div>
      ) : null}
    </dl>
  );
}

function leadsTo(company: CompanyDetail, key: keyof CompanyInput): string | undefined {
  if (key === "domain" && company.domain) return `https://${company.domain}`;
  return key === "linkedin_url" ? (company.linkedin_url ?? undefined) : undefined;
}

/** Managers hand a company over right here. */
function Owner({ company, onChange }: { company: CompanyDetail; onChange: (id: string | null) => void }) {
  const manages = mayManage(useMe().member.role);
  const owner = useMembers().find(({ id }) => id === company.owner_id);
  if (!manages) return <span className="edit-value">{owner?.name ?? "Nobody"}</span>;
  return (
    <select
      className="input"
      aria-label="Owner"
      value={company.owner_id ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
    >
      <option value="">Nobody</option>
      <OwnerOptions now={company.owner_id} />
    </select>
  );
}
