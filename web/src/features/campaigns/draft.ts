import type { Audience, CampaignInput, SendWindow } from "~/api/types.ts";

/** The choices of the wizard before there is a campaign. */

export const STEPS = ["template", "audience", "schedule", "check"] as const;
export type Step = (typeof STEPS)[number];
export const STEP_NAMES = ["Template", "Audience", "Schedule", "Check"] as const;

export type AudienceKind = "all" | "import" | "search";
export type CampaignDraft = {
  funnelId: string;
  funnelName: string;
  audience: AudienceKind;
  importId: string;
  search: string;
  status: string;
  name: string;
  windows: SendWindow[];
  emailSender: string;
  smsSender: string;
};

/** Whether enough is chosen to stand on this step. */
export function readyFor(draft: CampaignDraft, step: Step): boolean {
  if (step === "template") return true;
  if (draft.funnelId === "") return false;
  if (step === "audience") return true;
  if (draft.audience === "import") return draft.importId !== "";
  if (draft.audience === "search") return draft.search.trim() !== "" || draft.status !== "";
  return true;
}

export function audienceOf(draft: CampaignDraft): Audience {
  if (draft.audience === "import") return { import_id: draft.importId };
  if (draft.audience === "all") return { all: true };
  return {
    ...(draft.search.trim() === "" ? {} : { search: draft.search.trim() }),
    ...(draft.status === "" ? {} : { status: draft.status }),
  };
}

export function toInput(draft: CampaignDraft): CampaignInput {
  return {
    name: draft.name.trim(),
    funnel_id: draft.funnelId,
    audience: audienceOf(draft),
    windows: draft.windows,
    ...(draft.emailSender === "" ? {} : { email_sender_id: draft.emailSender }),
    ...(draft.smsSender === "" ? {} : { sms_sender_id: draft.smsSender }),
  };
}
