import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { Holiday, Settings } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

/** The days on which campaigns rest. */
export function HolidaysForm({ admin }: { admin: boolean }) {
  const { data } = useQuery(settingsQuery);
  return data ? <Days key={JSON.stringify(data.holidays)} now={data.holidays} admin={admin} /> : null;
}

const NONE: Holiday = { day: "", name: "" };
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });

function Days({ now, admin }: { now: readonly Holiday[]; admin: boolean }) {
  const [next, setNext] = useState(NONE);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (holidays: readonly Holiday[]) => patch<Settings>("/api/settings", { holidays }),
    onSuccess: (after, sent) => {
      client.setQueryData(settingsQuery.queryKey, after);
      toast(
        sent.length > now.length ? "Saved. Campaigns rest on that day." : "Removed.",
        sent.length > now.length ? undefined : { label: "Undo", run: () => save.mutate(now) },
      );
    },
  });
  return (
    <Form
      className="panel"
      request={save}
      onSend={() => save.mutate([...now, { ...next, name: next.name.trim() }])}
      aria-labelledby="holidays"
    >
      <div className="panel-head">
        <h3 id="holidays">Holidays</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <p className="soft">
          On these days no campaign writes to anybody, by the calendar of the person written to. A campaign
          can be told to work on them all the same.
        </p>
        {now.length === 0 ? <p className="small soft">No day is written down yet.</p> : null}
        <ul className="stack-2">
          {now.map((holiday) => (
            <li className="row" key={holiday.day}>
              <span className="grow">
                {DAY.format(new Date(`${holiday.day}T12:00:00Z`))}
                {holiday.name === "" ? null : <span className="soft"> · {holiday.name}</span>}
              </span>
              {admin ? (
                <Button
                  small
                  look="quiet"
                  icon="cross"
                  aria-label={`Remove ${holiday.name || holiday.day}`}
                  onClick={() => save.mutate(now.filter((other) => other.day !== holiday.day))}
                />
              ) : null}
            </li>
          ))}
        </ul>
        {admin ? (
          <div className="form-pairs">
            <TextField
              label="Day"
              type="date"
              value={next.day}
              onChange={(event) => setNext({ ...next, day: event.target.value })}
            />
            <TextField
              label="Name"
              placeholder="Christmas Day"
              value={next.name}
              onChange={(event) => setNext({ ...next, name: event.target.value })}
            />
          </div>
        ) : null}
        {admin ? (
          <div className="row">
            <Submit disabled={next.day === ""}>Add the day</Submit>
          </div>
        ) : null}
      </div>
    </Form>
  );
}
