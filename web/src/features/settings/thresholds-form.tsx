import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { settingsQuery } from "~/api/queries.ts";
import type { Settings, Thresholds } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

type Part = keyof Thresholds;
type Draft = Record<Part, { most: string; sample: string }>;

const PARTS: { part: Part; label: string; hint: string }[] = [
  { part: "bounces", label: "Messages that came back", hint: "1 to 10 %" },
  { part: "complaints", label: "Marked as spam", hint: "0.1 to 1 %" },
  { part: "opt_outs", label: "Opt-outs", hint: "1 to 50 %" },
];

const draftOf = (now: Thresholds): Draft => {
  const one = (part: Part) => ({
    most: String(now[part].most_per_10000 / 100),
    sample: String(now[part].sample),
  });
  return { bounces: one("bounces"), complaints: one("complaints"), opt_outs: one("opt_outs") };
};

const thresholdsOf = (draft: Draft): Thresholds => {
  const one = (part: Part) => ({
    most_per_10000: Math.round(Number(draft[part].most.replace(",", ".")) * 100) || 0,
    sample: Math.round(Number(draft[part].sample)) || 0,
  });
  return { bounces: one("bounces"), complaints: one("complaints"), opt_outs: one("opt_outs") };
};

/** When campaigns and senders pause by themselves. */
export function ThresholdsForm({ admin }: { admin: boolean }) {
  const { data } = useQuery(settingsQuery);
  return data ? <Limits key={JSON.stringify(data.thresholds)} now={data.thresholds} admin={admin} /> : null;
}

function Limits({ now, admin }: { now: Thresholds; admin: boolean }) {
  const [draft, setDraft] = useState(() => draftOf(now));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", { thresholds: thresholdsOf(draft) }),
    onSuccess: (after) => {
      client.setQueryData(settingsQuery.queryKey, after);
      toast("Saved. It counts from the next message on that goes wrong.");
    },
  });
  const set = (part: Part, change: Partial<Draft[Part]>) =>
    setDraft((was) => ({ ...was, [part]: { ...was[part], ...change } }));
  const same = JSON.stringify(thresholdsOf(draft)) === JSON.stringify(now);
  return (
    <Form className="panel" request={save} onSend={save.mutate} aria-labelledby="thresholds">
      <div className="panel-head">
        <h3 id="thresholds">Pausing by itself</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <p className="soft">
          A campaign, and a sender, pause when more than this share of their messages goes wrong. Fewer
          messages than the sample say nothing. Whoever resumes them begins a fresh sample.
        </p>
        <fieldset className="stack-2" disabled={!admin}>
          <legend className="sr-only">Thresholds</legend>
          {PARTS.map(({ part, label, hint }) => (
            <div className="form-pairs" key={part}>
              <TextField
                label={`${label}, %`}
                name={`thresholds.${part}.most_per_10000`}
                inputMode="decimal"
                hint={hint}
                value={draft[part].most}
                onChange={(event) => set(part, { most: event.target.value })}
              />
              <TextField
                label={`${label}: sample`}
                name={`thresholds.${part}.sample`}
                inputMode="numeric"
                hint="At least so many messages, up to 1,000"
                value={draft[part].sample}
                onChange={(event) => set(part, { sample: event.target.value })}
              />
            </div>
          ))}
        </fieldset>
        {admin ? (
          <div className="row">
            <Submit disabled={same}>Save thresholds</Submit>
          </div>
        ) : null}
      </div>
    </Form>
  );
}
