import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { Settings } from "~/api/types/workspace.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Async } from "~/components/async.tsx";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { allZones, countries } from "~/lib/zones.ts";
import { SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { SightFacts, SightForm } from "./sight-form.tsx";

export function WorkspaceSection() {
  const me = useMe();
  const settings = useQuery(settingsQuery);
  const admin = me.member.role === "admin";
  return (
    <Async of={settings}>
      {(data) => (
        <>
          {admin ? <WorkspaceForm settings={data} /> : <WorkspaceFacts settings={data} />}
          {admin ? (
            <SightForm key={data.visibility} now={data.visibility} />
          ) : (
            <SightFacts now={data.visibility} />
          )}
        </>
      )}
    </Async>
  );
}

/** The same for those who may not change it. */
function WorkspaceFacts({ settings }: { settings: Settings }) {
  const country = countries(settings.default_country).find(({ code }) => code === settings.default_country);
  return (
    <>
      <AdminsOnly to="change these settings" />
      <section className="panel" aria-label="About the workspace">
        <dl className="panel-body facts">
          <dt>Name</dt>
          <dd>{settings.name}</dd>
          <dt>Time zone</dt>
          <dd>{settings.time_zone}</dd>
          <dt>Country of phone numbers</dt>
          <dd>{country?.name ?? settings.default_country}</dd>
        </dl>
      </section>
    </>
  );
}

function WorkspaceForm({ settings }: { settings: Settings }) {
  const [form, setForm] = useState({
    name: settings.name,
    time_zone: settings.time_zone,
    default_country: settings.default_country,
    undo_seconds: settings.undo_seconds,
  });
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", form),
    onSuccess: () => {
      for (const key of ["settings", "me"]) void client.invalidateQueries({ queryKey: [key] });
      toast("Saved.");
    },
  });
  return (
    <Form className="panel" request={save} onSend={save.mutate}>
      <div className="panel-body stack">
        <FormError />
        <TextField
          label="Name"
          name="name"
          required
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.target.value })}
        />
        <div className="form-pairs">
          <SelectField
            label="Time zone"
            name="time_zone"
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
            name="default_country"
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
        <SelectField
          label="Taking back an answer"
          name="undo_seconds"
          hint="How long an answer from the inbox waits here before it leaves."
          value={`${form.undo_seconds}`}
          onChange={(event) => setForm({ ...form, undo_seconds: Number(event.target.value) })}
        >
          {[0, 5, 10, 20, 30].map((seconds) => (
            <option key={seconds} value={seconds}>
              {seconds === 0 ? "Off: it leaves at once" : `${seconds} seconds`}
            </option>
          ))}
        </SelectField>
        <div className="row">
          <Submit>Save</Submit>
        </div>
      </div>
    </Form>
  );
}
