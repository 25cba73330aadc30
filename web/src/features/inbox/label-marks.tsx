import { useQuery } from "@tanstack/react-query";
import { labelsQuery } from "~/api/inbox-queries.ts";
import type { Label } from "~/api/types/inbox.ts";
import "~/components/label-mark.css";

export function useLabels(ids: readonly string[]): Label[] {
  const labels = useQuery(labelsQuery).data ?? [];
  return labels.filter(({ id }) => ids.includes(id));
}

/** The labels of a line of the list, as dots with their names for who cannot see them. */
export function LabelDots({ ids }: { ids: readonly string[] }) {
  const labels = useLabels(ids);
  if (labels.length === 0) return null;
  const names = labels.map(({ name }) => name).join(", ");
  return (
    <span className="label-dots" title={names}>
      {labels.slice(0, 4).map(({ id, color }) => (
        <span key={id} className="label-dot" data-color={color} />
      ))}
      <span className="sr-only">, labels: {names}</span>
    </span>
  );
}

/** Who is to answer, as two letters. */
export function Initials({ name }: { name: string }) {
  const parts = name.trim().split(/\s+/);
  const letters = [parts[0], parts.length > 1 ? parts.at(-1) : undefined].map((part) => part?.[0] ?? "");
  return (
    <span className="initials" title={`${name} is to answer`}>
      <span aria-hidden="true">{letters.join("").toUpperCase()}</span>
      <span className="sr-only">, {name} is to answer</span>
    </span>
  );
}
