import type { CampaignEvent, CampaignRules } from "~/api/types/campaigns.ts";
import { capOf } from "./shares.ts";

/** The rules of a campaign as they are typed. */
export type RulesDraft = Pick<CampaignRules, "approval" | "exclusive"> & {
  /** Days, as they were typed. */
  gap: string;
  /** Nothing where it invites to nothing. */
  event: CampaignEvent | null;
};

export const NO_RULES: RulesDraft = { approval: "none", exclusive: false, gap: "", event: null };

export const rulesDraft = ({ approval, exclusive, gap_days, event }: CampaignRules): RulesDraft => ({
  approval,
  exclusive,
  gap: String(gap_days ?? ""),
  event,
});

/** An event of which nothing is known yet. */
export const newEvent = (): CampaignEvent => ({
  name: "",
  type: "In-Person",
  date: "",
  time: null,
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  place: null,
});

const filled = (text: string | null): string | null =>
  text === null || text.trim() === "" ? null : text.trim();

export function rulesOf({ approval, exclusive, gap, event }: RulesDraft): CampaignRules {
  const told = event && {
    ...event,
    name: event.name.trim(),
    time: filled(event.time),
    time_zone: filled(event.time) === null ? null : filled(event.time_zone),
    place: filled(event.place),
  };
  return { approval, exclusive, gap_days: capOf(gap), event: told };
}

/** Whether an event is told as far as a campaign needs it. */
export const isTold = ({ event }: RulesDraft): boolean =>
  event === null || (event.name.trim() !== "" && event.date !== "");
