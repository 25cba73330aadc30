import { useQuery } from "@tanstack/react-query";
import { sendersQuery } from "~/api/queries.ts";
import type { Sender } from "~/api/types.ts";
import { Choices, SelectField, TextField } from "~/ui/field.tsx";
import type { CampaignDraft } from "./draft.ts";
import { windowText } from "./graph.ts";
import { OFFICE_HOURS, WindowEditor } from "./window-editor.tsx";

const label = (sender: Sender): string => `${sender.name} <${sender.address}>`;

export function ScheduleStep({
  draft,
  onChange,
}: {
  draft: CampaignDraft;
  onChange: (part: Partial<CampaignDraft>) => void;
}) {
  const senders = useQuery(sendersQuery);
  const email = (senders.data ?? []).filter((sender) => sender.channel === "email");
  const sms = (senders.data ?? []).filter((sender) => sender.channel === "sms");
  const always = draft.windows.length === 0;
  return (
    <section className="panel">
      <div className="panel-body stack">
        <TextField
          label="Name of the campaign"
          required
          value={draft.name}
          onChange={(event) => onChange({ name: event.target.value })}
        />
        <Choices
          legend="When may messages leave"
          name="window"
          value={always ? "always" : "hours"}
          onChange={(value) => onChange({ windows: value === "always" ? [] : [OFFICE_HOURS] })}
          options={[
            {
              value: "hours",
              title: "In a send window",
              text: always ? windowText(OFFICE_HOURS) : draft.windows.map(windowText).join("; "),
            },
            { value: "always", title: "At any time", text: "Also at night and on Sundays." },
          ]}
        />
        {always ? null : (
          <WindowEditor windows={draft.windows} onChange={(windows) => onChange({ windows })} />
        )}
        <div className="form-pairs">
          <SelectField
            label="E-mail leaves from"
            value={draft.emailSender}
            onChange={(event) => onChange({ emailSender: event.target.value })}
          >
            <option value="">Any ready mailbox</option>
            {email.map((sender) => (
              <option key={sender.id} value={sender.id}>
                {label(sender)}
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Texts leave from"
            value={draft.smsSender}
            onChange={(event) => onChange({ smsSender: event.target.value })}
          >
            <option value="">Any ready number</option>
            {sms.map((sender) => (
              <option key={sender.id} value={sender.id}>
                {label(sender)}
              </option>
            ))}
          </SelectField>
        </div>
      </div>
    </section>
  );
}
