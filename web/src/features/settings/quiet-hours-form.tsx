import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { QuietHours, Settings } from "~/api/types/workspace.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { toast } from "~/ui/toast.tsx";

const CHOICES: { value: QuietHours; label: string; text: string }[] = [
  { value: "live", label: "As the law asks, once sending is live", text: "The sandbox texts at any hour." },
  {
    value: "always",
    label: "As the law asks, in the sandbox too",
    text: "What you try out is what will happen.",
  },
  {
    value: "federal",
    label: "Without the rules of states",
    text: "Calls and texts keep only the federal hours, 8:00 to 21:00. This is written to the audit log.",
  },
];

/** When calls, and the texts of campaigns, may reach somebody in the United States. */
export function QuietHoursForm({ admin }: { admin: boolean }) {
  const { data } = useQuery(settingsQuery);
  return data ? <Choice key={data.quiet_hours} now={data.quiet_hours} admin={admin} /> : null;
}

function Choice({ now, admin }: { now: QuietHours; admin: boolean }) {
  const [chosen, setChosen] = useState(now);
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", { quiet_hours: chosen }),
    onSuccess: (after) => {
      client.setQueryData(settingsQuery.queryKey, after);
      setAsking(false);
      toast("Saved. What waits is looked at again.");
    },
  });
  return (
    <Form
      className="panel"
      request={save}
      onSend={() => (chosen === "federal" ? setAsking(true) : save.mutate())}
      aria-labelledby="quiet-hours"
    >
      <div className="panel-head">
        <h3 id="quiet-hours">Quiet hours in the United States</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <p className="soft">
          Voicemails, and the texts of campaigns, arrive from 8:00 to 21:00 where somebody is, and in Alabama,
          Connecticut, Florida, Kentucky, Louisiana, Maryland, Massachusetts, Oklahoma, Texas and Washington
          in the narrower hours of these states, by the area code. What a person writes by hand is theirs to
          time.
        </p>
        <fieldset className="stack-2" disabled={!admin}>
          <legend className="sr-only">Quiet hours</legend>
          {CHOICES.map(({ value, label, text }) => (
            <label className="check" key={value}>
              <input
                type="radio"
                name="quiet_hours"
                checked={chosen === value}
                onChange={() => setChosen(value)}
              />
              <span>
                {label} <span className="small soft">{text}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {admin ? (
          <div className="row">
            <Submit disabled={chosen === now}>Save quiet hours</Submit>
          </div>
        ) : null}
      </div>
      {asking ? (
        <ConfirmDialog
          title="Pass over the rules of states?"
          verb="Pass over them"
          request={save}
          onConfirm={() => save.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>
            Several states fine each call or text outside their hours. The audit log keeps that you decided
            so.
          </p>
        </ConfirmDialog>
      ) : null}
    </Form>
  );
}
