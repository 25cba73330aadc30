import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { choicesQuery } from "~/api/notification-queries.ts";
import type { NotificationChoices } from "~/api/types/notifications.ts";
import { Async } from "~/components/async.tsx";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { allZones } from "~/lib/zones.ts";
import { SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { PushPanel } from "./push-panel.tsx";
import { bodyOf, DAYS, type Draft, draftOf, KIND_WORDS, KINDS, turned, type Way } from "./words.ts";
import "./notifications.css";

const WAYS: { way: Way; label: string }[] = [
  { way: "inApp", label: "In the app" },
  { way: "push", label: "Push" },
  { way: "mail", label: "E-mail" },
];
const MAIL: Record<NotificationChoices["mail_goes"], (address: string) => string> = {
  out: (address) => `E-mail goes to ${address}, a few minutes after it happened and all of it together.`,
  sandbox: () => "The workspace is in sandbox mode: e-mail goes to the sandbox, to nobody.",
  nowhere: () =>
    "No e-mail is sent: this installation has no mail server. Whoever runs it names one in the configuration, under [mail].",
};

/** What the reader wants to hear of, how, and when not. */
export function NotificationsSection() {
  const choices = useQuery(choicesQuery);
  return (
    <>
      <Async of={choices}>{(now) => <ChoicesForm now={now} />}</Async>
      <PushPanel />
    </>
  );
}

function ChoicesForm({ now }: { now: NotificationChoices }) {
  const me = useMe();
  const [draft, setDraft] = useState(draftOf(now));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<NotificationChoices>("/api/notifications/choices", bodyOf(draft)),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["notifications"] });
      toast("Saved.");
    },
  });
  return (
    <Form className="stack" request={save} onSend={save.mutate}>
      <FormError />
      <section className="panel" aria-labelledby="hear-of">
        <div className="panel-head">
          <h3 id="hear-of">Tell me when</h3>
        </div>
        <div className="panel-body stack">
          <WaysTable draft={draft} onChange={setDraft} />
          <p className={now.mail_goes === "nowhere" ? "callout small" : "small soft"}>
            {MAIL[now.mail_goes](me.member.email)}
          </p>
        </div>
      </section>
      <section className="panel" aria-labelledby="quiet">
        <div className="panel-head">
          <h3 id="quiet">Quiet hours</h3>
        </div>
        <div className="panel-body stack">
          <label className="check">
            <input
              type="checkbox"
              checked={draft.isQuiet}
              onChange={({ target }) => setDraft({ ...draft, isQuiet: target.checked })}
            />
            <span>
              Keep quiet hours{" "}
              <span className="small soft">
                Nothing is pushed, the window shows no number, and e-mail waits for their end.
              </span>
            </span>
          </label>
          {draft.isQuiet ? (
            <QuietFields draft={draft} home={me.workspace.time_zone} onChange={setDraft} />
          ) : null}
        </div>
      </section>
      <div className="row">
        <Submit disabled={draft.isQuiet && draft.days.length === 0}>Save</Submit>
      </div>
    </Form>
  );
}

/** Kinds down, ways across. */
function WaysTable({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  return (
    <table className="ways">
      <thead>
        <tr>
          <th scope="col">
            <span className="sr-only">What happens</span>
          </th>
          {WAYS.map(({ way, label }) => (
            <th scope="col" key={way}>
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {KINDS.map((kind) => (
          <tr key={kind}>
            <th scope="row">{KIND_WORDS[kind]}</th>
            {WAYS.map(({ way, label }) => (
              <td key={way}>
                <label className="check way">
                  <input
                    type="checkbox"
                    aria-label={`${KIND_WORDS[kind]}: ${label}`}
                    checked={draft[way].includes(kind)}
                    onChange={({ target }) => onChange(turned(draft, way, kind, target.checked))}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function QuietFields({
  draft,
  home,
  onChange,
}: {
  draft: Draft;
  /** The workspace's zone. */
  home: string;
  onChange: (draft: Draft) => void;
}) {
  return (
    <>
      <div className="form-pairs">
        <TextField
          label="From"
          name="quiet_from"
          type="time"
          required
          value={draft.from}
          onChange={({ target }) => onChange({ ...draft, from: target.value })}
        />
        <TextField
          label="Until"
          name="quiet_until"
          type="time"
          required
          hint={draft.until < draft.from ? "On the next day." : undefined}
          value={draft.until}
          onChange={({ target }) => onChange({ ...draft, until: target.value })}
        />
      </div>
      <fieldset className="field">
        <legend className="label">On these days</legend>
        <div className="quiet-days">
          {DAYS.map((day, place) => {
            const number = place + 1;
            const on = draft.days.includes(number);
            const others = draft.days.filter((one) => one !== number);
            return (
              <label className="check" key={day}>
                <input
                  type="checkbox"
                  checked={on}
                  onChange={() => onChange({ ...draft, days: on ? others : [...others, number].sort() })}
                />
                {day}
              </label>
            );
          })}
        </div>
        {draft.days.length === 0 ? <p className="small bad">Choose at least one day.</p> : null}
      </fieldset>
      <SelectField
        label="My time zone"
        name="time_zone"
        value={draft.zone}
        onChange={({ target }) => onChange({ ...draft, zone: target.value })}
      >
        <option value="">As the workspace, {home}</option>
        {allZones(draft.zone || undefined).map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </SelectField>
    </>
  );
}
