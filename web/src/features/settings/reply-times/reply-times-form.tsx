import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { replyTimesQuery } from "~/api/reply-queries.ts";
import type { ReplyTimes } from "~/api/types/reply-times.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { OFFICE_HOURS, WindowEditor } from "~/components/window-editor.tsx";
import { allZones } from "~/lib/zones.ts";
import { Choices, SelectField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ChannelTimesEditor } from "./channel-times.tsx";
import { DuePreview } from "./due-preview.tsx";
import { MinutesField } from "./minutes-field.tsx";
import { draftOf, timesOf } from "./reply-draft.ts";

export function ReplyTimesForm({ now }: { now: ReplyTimes }) {
  const [draft, setDraft] = useState(() => draftOf(now));
  const client = useQueryClient();
  const times = timesOf(draft);
  const save = useMutation({
    mutationFn: (next: ReplyTimes) => patch<ReplyTimes>("/api/reply-times", next),
    onSuccess: (after) => {
      client.setQueryData(replyTimesQuery.queryKey, after);
      toast(after.is_on ? "Saved. What waits is worked out again." : "Saved. Nobody is told any more.");
    },
  });
  const change = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const always = draft.windows.length === 0;
  return (
    <Form
      className="panel"
      request={save}
      onSend={() => times && save.mutate(times)}
      aria-labelledby="reply-times"
    >
      <div className="panel-head">
        <h3 id="reply-times">Reply times</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <label className="check">
          <input
            type="checkbox"
            name="is_on"
            checked={draft.is_on}
            onChange={({ target }) => change({ is_on: target.checked })}
          />
          <span className="strong">Keep reply times</span>
        </label>
        {draft.is_on ? (
          <>
            <Choices
              legend="What counts"
              name="hours"
              value={always ? "always" : "hours"}
              options={[
                { value: "hours", title: "Business hours", text: "Nights and weekends do not count." },
                { value: "always", title: "Day and night", text: "Every hour of every day counts." },
              ]}
              onChange={(value) => change({ windows: value === "always" ? [] : [OFFICE_HOURS] })}
            />
            {always ? null : (
              <WindowEditor
                legend="Business hours"
                none="Every hour of every day counts."
                windows={draft.windows}
                onChange={(windows) => change({ windows })}
              />
            )}
            {draft.windows.some(({ days }) => days.length === 0) ? (
              <Callout tone="warn">Hours without a day never come. Choose their days.</Callout>
            ) : null}
            <div className="reply-pair">
              <SelectField
                label="On which clock"
                name="time_zone"
                value={draft.time_zone ?? ""}
                onChange={({ target }) => change({ time_zone: target.value || null })}
              >
                <option value="">The workspace’s time zone</option>
                {allZones(draft.time_zone ?? undefined).map((zone) => (
                  <option key={zone}>{zone}</option>
                ))}
              </SelectField>
            </div>
            <label className="check">
              <input
                type="checkbox"
                name="rests_on_holidays"
                checked={draft.rests_on_holidays}
                onChange={({ target }) => change({ rests_on_holidays: target.checked })}
              />
              <span>
                The workspace’s holidays do not count{" "}
                <span className="small soft">They stand under General.</span>
              </span>
            </label>
            <div className="reply-pair">
              <MinutesField
                label="First answer to somebody new, within"
                name="first_minutes"
                value={draft.first_minutes}
                onChange={(first_minutes) => change({ first_minutes })}
              />
              <MinutesField
                label="Every later answer, within"
                name="later_minutes"
                value={draft.later_minutes}
                onChange={(later_minutes) => change({ later_minutes })}
              />
            </div>
            <label className="check">
              <input
                type="checkbox"
                name="is_hot"
                checked={draft.is_hot}
                onChange={({ target }) => change({ is_hot: target.checked })}
              />
              <span>
                Sooner for those who are interested{" "}
                <span className="small soft">Their answer was read as a yes.</span>
              </span>
            </label>
            {draft.is_hot ? (
              <div className="reply-pair">
                <MinutesField
                  label="Who is interested, within"
                  name="hot_minutes"
                  value={draft.hot_minutes}
                  onChange={(hot_minutes) => change({ hot_minutes })}
                />
              </div>
            ) : null}
            <ChannelTimesEditor channels={draft.channels} onChange={(channels) => change({ channels })} />
            {times ? <DuePreview times={times} /> : null}
          </>
        ) : (
          <p className="small soft">Off: nobody is told how long people wait.</p>
        )}
        <div className="row">
          <Submit disabled={times === null}>Save reply times</Submit>
        </div>
      </div>
    </Form>
  );
}
