import { useQuery } from "@tanstack/react-query";
import { funnelQuery } from "~/api/queries.ts";
import { ANY_TIME, OFFICE_HOURS, SEND_WINDOW, WindowEditor } from "~/components/window-editor.tsx";
import { windowText } from "~/components/window-text.ts";
import { Choices, TextField } from "~/ui/field.tsx";
import type { CampaignDraft } from "./draft.ts";
import { Limits } from "./limits.tsx";
import { Rules } from "./rules.tsx";
import { SenderPool } from "./sender-pool.tsx";

export function ScheduleStep({
  draft,
  onChange,
}: {
  draft: CampaignDraft;
  onChange: (part: Partial<CampaignDraft>) => void;
}) {
  const funnel = useQuery(funnelQuery(draft.funnelId));
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
          <WindowEditor
            legend={SEND_WINDOW}
            none={ANY_TIME}
            windows={draft.windows}
            onChange={(windows) => onChange({ windows })}
          />
        )}
        <SenderPool
          channels={funnel.data?.channels ?? []}
          shares={draft.senders}
          onChange={(senders) => onChange({ senders })}
        />
        <Limits
          cap={draft.dailyCap}
          onHolidays={draft.onHolidays}
          lateness={draft.lateness}
          endsForCompany={draft.endsForCompany}
          onEndsForCompany={(endsForCompany) => onChange({ endsForCompany })}
          onLateness={(lateness) => onChange({ lateness })}
          onCap={(dailyCap) => onChange({ dailyCap })}
          onOnHolidays={(onHolidays) => onChange({ onHolidays })}
        />
        <Rules rules={draft.rules} onChange={(rules) => onChange({ rules })} />
      </div>
    </section>
  );
}
