import { useMembers } from "~/components/owner.tsx";

/** Whose contacts. Those of whoever may no longer come in can be looked at, and so handed over, too. */
export function OwnerFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const members = useMembers();
  return (
    <select
      className="input"
      aria-label="Owner"
      value={members.find(({ id, you }) => you && id === value) ? "me" : value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">All owners</option>
      <option value="me">Mine</option>
      {members
        .filter(({ you }) => !you)
        .map(({ id, name, disabled }) => (
          <option key={id} value={id}>
            {name}
            {disabled ? " (disabled)" : ""}
          </option>
        ))}
    </select>
  );
}
