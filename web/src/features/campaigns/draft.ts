import type {
  Audience,
  AudienceView,
  CampaignInput,
  Lateness,
  SenderShare,
  SendWindow,
} from "~/api/types/campaigns.ts";
import { type RulesDraft, rulesOf } from "./rules-draft.ts";
import { capOf } from "./shares.ts";

/** The choices of the wizard before there is a campaign. */

export const STEPS = ["template", "audience", "schedule", "check"] as const;
export type Step = (typeof STEPS)[number];
export const STEP_NAMES = ["Template", "Audience", "Schedule", "Check"] as const;

export type AudienceKind = "all" | "set" | "import" | "search";
export type CampaignDraft = {
  funnelId: string;
  funnelName: string;
  audience: AudienceKind;
  importId: string;
  /** A segment, a list or a tag. */
  setId: string;
  search: string;
  status: string;
  name: string;
  windows: SendWindow[];
  lateness: Lateness;
  /** Whether whoever comes to the segment, list or tag later comes in, too. */
  continuous: boolean;
  endsForCompany: boolean;
  onHolidays: boolean;
  /** Most messages a day, as it was typed. */
  dailyCap: string;
  senders: SenderShare[];
  rules: RulesDraft;
};

/** Whether enough is chosen to stand on this step. */
export function readyFor(draft: CampaignDraft, step: Step): boolean {
  if (step === "template") return true;
  if (draft.funnelId === "") return false;
  if (step === "audience") return true;
  return isChosen(draft);
}

/** The part of the choices that says who a campaign is for. */
export type AudienceDraft = Pick<CampaignDraft, "audience" | "importId" | "setId" | "search" | "status">;

/** Nobody chosen yet but everybody. */
export const EVERYBODY: AudienceDraft = { audience: "all", importId: "", setId: "", search: "", status: "" };

/** The stored audience as choices; `null` where it was put together in a way that the form cannot show. */
export function audienceDraft(stored: AudienceView): AudienceDraft | null {
  const { import_id, set_id, search = "", status = "", contact_ids, owner_id, rule } = stored;
  const ways = [import_id, set_id, search || status, contact_ids, owner_id, rule].filter(Boolean).length;
  if (ways > 1 || contact_ids || owner_id || rule) return null;
  if (import_id) return { ...EVERYBODY, audience: "import", importId: import_id };
  if (set_id) return { ...EVERYBODY, audience: "set", setId: set_id };
  if (search || status) return { ...EVERYBODY, audience: "search", search, status };
  return EVERYBODY;
}

export function isChosen(draft: AudienceDraft): boolean {
  if (draft.audience === "import") return draft.importId !== "";
  if (draft.audience === "set") return draft.setId !== "";
  return draft.audience === "all" || draft.search.trim() !== "" || draft.status !== "";
}

export function audienceOf(draft: AudienceDraft): Audience {
  if (draft.audience === "import") return { import_id: draft.importId };
  if (draft.audience === "set") return { set_id: draft.setId };
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
    on_holidays: draft.onHolidays,
    lateness: draft.lateness,
    continuous: draft.audience === "set" && draft.continuous,
    ends_for_company: draft.endsForCompany,
    daily_cap: capOf(draft.dailyCap),
    senders: draft.senders,
    ...rulesOf(draft.rules),
  };
}
