import type { AuditEntry } from "~/api/types/audit.ts";
import { dayName } from "~/lib/format.ts";
import { paths } from "~/paths.ts";

/** What the log shows, kept in the address so that a link shows the same. */
export type AuditView = { actor: string; action: string };

/** What could be neither a person nor a kind is left out. */
export function readView(params: URLSearchParams): AuditView {
  const actor = params.get("person") ?? "";
  const action = params.get("kind") ?? "";
  return {
    actor: /^mem_[0-9a-z]{26}$/.test(actor) ? actor : "",
    action: /^[a-z]+(_[a-z]+)*$/.test(action) ? action : "",
  };
}

export function writeView({ actor, action }: AuditView): URLSearchParams {
  const params = new URLSearchParams();
  if (actor !== "") params.set("person", actor);
  if (action !== "") params.set("kind", action);
  return params;
}

/** The page of what something was done to, where it has one. */
export function pageOf(subject: string): string | null {
  switch (subject.slice(0, 4)) {
    case "con_":
      return paths.contact(subject);
    case "cam_":
      return paths.campaign(subject);
    case "cnv_":
      return paths.inbox("open", subject);
    case "cmp_":
      return paths.company(subject);
    case "icp_":
      return paths.icpProfile(subject);
    case "imp_":
      return paths.import(subject);
    default:
      return null;
  }
}

export type Day = { name: string; entries: AuditEntry[] };

/** The entries as they come, newest first, under the day on which they happened. */
export function byDay(entries: readonly AuditEntry[], now: number, zone?: string): Day[] {
  const days: Day[] = [];
  for (const entry of entries) {
    const name = dayName(entry.at, now, zone);
    const last = days.at(-1);
    if (last?.name === name) last.entries.push(entry);
    else days.push({ name, entries: [entry] });
  }
  return days;
}
