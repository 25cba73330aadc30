import type { Audience, AudienceView, CampaignInput, SendWindow } from "~/api/types/campaigns.ts";

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
  return isChosen(draft);
}

/** The part of the choices that says who a campaign is for. */
export type AudienceDraft = Pick<CampaignDraft, "audience" | "importId" | "search" | "status">;

/** The stored audience as choices; `null` where single people were chosen, which the form cannot show. */
export function audienceDraft(audience: AudienceView): AudienceDraft | null {
  const none = { importId: "", search: "", status: "" };
  if (audience.contact_ids) return null;
  if (audience.import_id) return { ...none, audience: "import", importId: audience.import_id };
  if (audience.search || audience.status)
    return { ...none, audience: "search", search: audience.search ?? "", status: audience.status ?? "" };
  return { ...none, audience: "all" };
}

export function isChosen(draft: AudienceDraft): boolean {
  if (draft.audience === "import") return draft.importId !== "";
  return draft.audience === "all" || draft.search.trim() !== "" || draft.status !== "";
}

export function audienceOf(draft: AudienceDraft): Audience {
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
