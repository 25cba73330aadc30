import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { stepWebhooksQuery } from "~/api/webhook-queries.ts";
import { paths } from "~/paths.ts";
import { SelectField } from "~/ui/field.tsx";

/** One of the workspace's webhooks as a field of a step, and what it will be told. */
export function WebhookChoice({
  label,
  value,
  onChange,
}: {
  label: string;
  value: unknown;
  onChange: (id: string | undefined) => void;
}) {
  const { data: hooks } = useQuery(stepWebhooksQuery);
  const chosen = typeof value === "string" ? value : "";
  const hook = hooks?.find(({ id }) => id === chosen);
  if (hooks?.length === 0 && chosen === "")
    return (
      <p className="small soft">
        There is no webhook yet. An admin can add one under{" "}
        <Link className="link" to={paths.settings("webhooks")}>
          Settings, Webhooks
        </Link>
        .
      </p>
    );
  return (
    <SelectField
      label={label}
      hint={
        hook === undefined
          ? "Signed, and tried again for three days until it is heard. Nobody waits for it."
          : hook.include_content
            ? "It is told everything about the contact, signed, until it is heard. Nobody waits for it."
            : "It is told ids only, as it is set up: an admin can let it have contents under Settings, Webhooks."
      }
      value={chosen}
      onChange={({ target }) => onChange(target.value || undefined)}
    >
      {hook === undefined ? (
        <option value={chosen}>
          {chosen === "" ? "Choose a webhook" : "One that is not there any more"}
        </option>
      ) : null}
      {hooks?.map(({ id, name, active }) => (
        <option key={id} value={id}>
          {name}
          {active ? "" : " (switched off)"}
        </option>
      ))}
    </SelectField>
  );
}
