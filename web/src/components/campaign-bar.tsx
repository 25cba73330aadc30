import type { CampaignCounts } from "~/api/types/campaigns.ts";
import { Bar, type Part } from "~/ui/bar.tsx";

/** Where the people of a campaign are, as parts that add up to everybody. */
export function progressParts(counts: CampaignCounts): Part[] {
  const over = counts.completed + counts.exited;
  const replied = Math.min(counts.replied, over);
  return [
    { value: replied, fill: "good", label: "replied" },
    { value: Math.max(0, over - replied), fill: "plain", label: "done" },
    { value: counts.active + counts.waiting, fill: "info", label: "under way" },
    { value: counts.failed, fill: "bad", label: "failed" },
  ];
}

export function CampaignBar({ name, counts }: { name: string; counts: CampaignCounts }) {
  return <Bar parts={progressParts(counts)} total={counts.enrolled} label={name} />;
}

/** The share of people who are through, 0 to 1. */
export function doneShare(counts: CampaignCounts): number {
  if (counts.enrolled === 0) return 0;
  return (counts.completed + counts.exited + counts.failed) / counts.enrolled;
}
