import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { patch } from "~/api/client.ts";
import { fieldError } from "~/api/errors.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { Settings } from "~/api/types.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { allZones, countries } from "~/lib/zones.ts";
import { Button } from "~/ui/button.tsx";
import { SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

export function WorkspaceSection() {
  const settings = useQuery(settingsQuery);
  return <Async of={settings}>{(data) => <WorkspaceForm settings={data} />}</Async>;
}

function WorkspaceForm({ settings }: { settings: Settings }) {
  const [form, setForm] = useState({
    name: settings.name,
    time_zone: settings.time_zone,
    default_country: settings.default_country,
  });
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", form),
    onSuccess: () => {
      for (const key of ["settings", "me"]) void client.invalidateQueries({ queryKey: [key] });
      toast("Saved.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="panel" onSubmit={submit}>
      <div className="panel-body stack">
        {save.error ? <ErrorBlock error={save.error} /> : null}
        <TextField
          label="Name"
          required
          value={form.name}
          error={fieldError(save.error, "name")}
          onChange={(event) => setForm({ ...form, name: event.target.value })}
        />
        <div className="form-pairs">
          <SelectField
            label="Time zone"
            hint="For people and senders whose own zone is not known."
            value={form.time_zone}
            onChange={(event) => setForm({ ...form, time_zone: event.target.value })}
          >
            {allZones(form.time_zone).map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </SelectField>
          <SelectField
            label="Country of phone numbers"
            hint="For numbers without a country code."
            value={form.default_country}
            onChange={(event) => setForm({ ...form, default_country: event.target.value })}
          >
            {countries(form.default_country).map((item) => (
              <option key={item.code} value={item.code}>
                {item.name}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="row">
          <Button look="primary" type="submit" busy={save.isPending}>
            Save
          </Button>
        </div>
      </div>
    </form>
  );
}
