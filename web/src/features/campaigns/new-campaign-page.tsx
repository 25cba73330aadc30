import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { del, post } from "~/api/client.ts";
import type { Campaign, CampaignInput } from "~/api/types/campaigns.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { OFFICE_HOURS } from "~/components/window-editor.tsx";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Steps } from "~/ui/steps.tsx";
import { AudienceStep } from "./audience-step.tsx";
import { type CampaignDraft, EVERYBODY, readyFor, STEP_NAMES, STEPS, type Step, toInput } from "./draft.ts";
import { LaunchCheckPanel } from "./launch-check.tsx";
import { NO_RULES } from "./rules-draft.ts";
import { ScheduleStep } from "./schedule-step.tsx";
import { TemplateStep } from "./template-step.tsx";
import "./campaigns.css";

export function NewCampaignPage() {
  const [params, setParams] = useSearchParams();
  const importId = params.get("import") ?? "";
  const setId = params.get("set") ?? "";
  const [draft, setDraft] = useState<CampaignDraft>({
    funnelId: params.get("funnel") ?? "",
    funnelName: "",
    ...EVERYBODY,
    ...(importId === "" ? {} : { audience: "import", importId }),
    ...(setId === "" ? {} : { audience: "set", setId }),
    name: "",
    windows: [OFFICE_HOURS],
    onHolidays: false,
    lateness: "skip",
    continuous: false,
    endsForCompany: false,
    rules: NO_RULES,
    dailyCap: "",
    senders: [],
  });
  const asked = STEPS.find((step) => step === params.get("step")) ?? "template";
  const created = params.get("draft") ?? "";
  const step: Step =
    asked === "check" && created === "" ? "schedule" : readyFor(draft, asked) || created ? asked : "template";
  const client = useQueryClient();
  const go = (next: Step, draftId = created) => {
    const query = new URLSearchParams({ step: next });
    if (draftId !== "") query.set("draft", draftId);
    if (importId !== "") query.set("import", importId);
    if (setId !== "") query.set("set", setId);
    setParams(query);
  };
  const create = useMutation({
    mutationFn: async (input: CampaignInput) => {
      // The choices may have changed since the last check; a draft has no history worth keeping.
      if (created !== "") await del(`/api/campaigns/${created}`);
      return post<Campaign>("/api/campaigns", input);
    },
    onSuccess: (campaign) => {
      void client.invalidateQueries({ queryKey: ["campaigns"] });
      go("check", campaign.id);
    },
  });
  const change = (part: Partial<CampaignDraft>) => setDraft({ ...draft, ...part });
  const place = STEPS.indexOf(step);
  return (
    <Page title="New campaign" back={{ to: paths.campaigns, label: "Back to the campaigns" }}>
      <div className={step === "template" ? "measure stack" : "measure-narrow stack"}>
        <Steps steps={STEP_NAMES} current={place} />
        {step === "template" ? (
          <TemplateStep
            chosen={draft.funnelId}
            onPick={(funnel) => {
              change({ funnelId: funnel.id, funnelName: funnel.name, name: draft.name || funnel.name });
              go("audience");
            }}
          />
        ) : null}
        {step === "audience" ? (
          <AudienceStep
            draft={draft}
            continuous={draft.continuous}
            onChange={change}
            onContinuous={(continuous) => change({ continuous })}
          />
        ) : null}
        {step === "schedule" ? <ScheduleStep draft={draft} onChange={change} /> : null}
        {create.error ? (
          <ErrorBlock error={create.error} title="The campaign could not be prepared." />
        ) : null}
        {step === "check" ? <LaunchCheckPanel id={created} /> : null}
        {step === "template" ? null : (
          <div className="wizard-foot">
            <Button icon="left" look="quiet" onClick={() => go(STEPS[place - 1] ?? "template")}>
              {STEP_NAMES[place - 1]}
            </Button>
            <span className="push" />
            {step === "audience" ? (
              <Button look="primary" disabled={!readyFor(draft, "schedule")} onClick={() => go("schedule")}>
                Continue
              </Button>
            ) : null}
            {step === "schedule" ? (
              <Button
                look="primary"
                busy={create.isPending}
                disabled={draft.name.trim() === ""}
                onClick={() => create.mutate(toInput(draft))}
              >
                Check before launch
              </Button>
            ) : null}
          </div>
        )}
      </div>
    </Page>
  );
}
