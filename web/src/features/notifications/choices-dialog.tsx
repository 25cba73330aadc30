import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { choicesQuery } from "~/api/notification-queries.ts";
import type { NotificationChoices, NotificationKind } from "~/api/types/notifications.ts";
import { Async } from "~/components/async.tsx";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { KIND_WORDS } from "./words.ts";

const KINDS = Object.entries(KIND_WORDS) as [NotificationKind, string][];
const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
const minute = (text: string) => {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
};

/** What the reader wants to hear of, and when not. */
export function ChoicesDialog({ onClose }: { onClose: () => void }) {
  const choices = useQuery(choicesQuery);
  return (
    <Dialog title="What to hear of" onClose={onClose}>
      <Async of={choices}>{(now) => <ChoicesForm now={now} onClose={onClose} />}</Async>
    </Dialog>
  );
}

function ChoicesForm({ now, onClose }: { now: NotificationChoices; onClose: () => void }) {
  const me = useMe();
  const [muted, setMuted] = useState(now.muted);
  const [quiet, setQuiet] = useState(now.quiet_from !== null);
  const [from, setFrom] = useState(clock(now.quiet_from ?? 18 * 60));
  const [until, setUntil] = useState(clock(now.quiet_until ?? 8 * 60));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      patch<NotificationChoices>("/api/notifications/choices", {
        muted,
        ...(quiet ? { quiet_from: minute(from), quiet_until: minute(until) } : {}),
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["notifications"] });
      toast("Saved.");
      onClose();
    },
  });
  return (
    <Form request={save} onSend={save.mutate}>
      <FormError />
      <fieldset className="field">
        <legend className="label">Tell me when</legend>
        <div className="stack-2">
          {KINDS.map(([kind, words]) => (
            <label key={kind} className="check">
              <input
                type="checkbox"
                checked={!muted.includes(kind)}
                onChange={({ target }) =>
                  setMuted(target.checked ? muted.filter((one) => one !== kind) : [...muted, kind])
                }
              />
              {words}
            </label>
          ))}
        </div>
      </fieldset>
      <label className="check">
        <input type="checkbox" checked={quiet} onChange={({ target }) => setQuiet(target.checked)} />
        Quiet hours
      </label>
      {quiet ? (
        <div className="form-pairs">
          <TextField
            label="From"
            name="quiet_from"
            type="time"
            required
            hint={`On the clock of ${me.workspace.name}.`}
            value={from}
            onChange={({ target }) => setFrom(target.value)}
          />
          <TextField
            label="Until"
            name="quiet_until"
            type="time"
            required
            hint="It goes on being listed; only the window stays quiet."
            value={until}
            onChange={({ target }) => setUntil(target.value)}
          />
        </div>
      ) : null}
      <FormFoot verb="Save" onCancel={onClose} />
    </Form>
  );
}
