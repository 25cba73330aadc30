import { kindOf } from "~/components/funnel/kinds.ts";
import { SelectField } from "~/ui/field.tsx";
import { useWorkbench } from "./use-builder.ts";

/** The other steps as options, by their numbers in the list. */
export function StepOptions({ not }: { not: string }) {
  const { graph, outline } = useWorkbench();
  const number = (key: string) => outline.numbers.get(key) ?? 0;
  return graph.nodes
    .filter(({ key }) => key !== not)
    .toSorted((one, other) => number(one.key) - number(other.key))
    .map(({ key, name, type }) => (
      <option key={key} value={key}>
        {number(key)}. {name || kindOf(type).label}
      </option>
    ));
}

/** One of the other steps as a field of a step. */
export function StepChoice({
  label,
  not,
  value,
  onChange,
}: {
  label: string;
  not: string;
  value: unknown;
  onChange: (key: string) => void;
}) {
  const { graph } = useWorkbench();
  const chosen = typeof value === "string" ? value : "";
  const known = chosen !== not && graph.nodes.some(({ key }) => key === chosen);
  return (
    <SelectField label={label} value={chosen} onChange={({ target }) => onChange(target.value)}>
      {known ? null : (
        <option value={chosen}>{chosen === "" ? "Choose a step" : `${chosen}, which is not there`}</option>
      )}
      <StepOptions not={not} />
    </SelectField>
  );
}
