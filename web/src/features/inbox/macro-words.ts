import type { MacroRun } from "~/api/types/macros.ts";
import { plural } from "~/lib/format.ts";

/** What a run did, and where it could not. */
export function saidOf(name: string, { changed, results }: MacroRun): string {
  const problems = results.flatMap(({ problem }) => (problem === null ? [] : [problem]));
  if (problems.length === 0)
    return results.length === 1 ? `${name}: done.` : `${name}: done in ${plural(changed, "conversation")}.`;
  if (results.length === 1) return `${name}: nothing was done. ${problems[0]}`;
  const reasons = [...new Set(problems)];
  const why = reasons.slice(0, 2).join("; ") + (reasons.length > 2 ? "; and others" : "");
  return `${name}: done in ${changed} of ${results.length}. Not in ${problems.length}: ${why}`;
}
