import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "~/api/errors.ts";
import { foundQuery } from "~/api/set-queries.ts";
import type { Found, Rule } from "~/api/types/sets.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { draftOf, type Group, gapsIn, mistakesOf, ruleOf } from "./draft.ts";

export type RuleState = {
  draft: Group;
  rule: Rule;
  /** What is not finished, and what the server refused, by row. */
  gaps: ReadonlyMap<number, string>;
  mistakes: ReadonlyMap<number, string>;
  found: Found | undefined;
  /** What was found belongs to an earlier state of the rule. */
  stale: boolean;
  /** What no row can say. */
  error: unknown;
  change: (draft: Group) => void;
  /** Shows what is not finished from now on; whether everything is. */
  finished: () => boolean;
};

/** A rule that is edited, with whom it finds meanwhile. */
export function useRule(start: () => Rule): RuleState {
  const [draft, setDraft] = useState(() => draftOf(start()));
  const [pressed, setPressed] = useState(false);
  const { rule, places } = ruleOf(draft);
  const gaps = gapsIn(draft);
  const asked = useDebounced(JSON.stringify(rule), 300);
  const ready = gaps.size === 0 && asked === JSON.stringify(rule);
  const query = useQuery(foundQuery(ready ? rule : null));
  const fields = ready && query.error instanceof ApiError ? query.error.fields : [];
  const refused = mistakesOf(fields, places);
  return {
    draft,
    rule,
    gaps,
    mistakes: pressed && gaps.size > 0 ? gaps : refused,
    found: query.data,
    stale: !ready || query.isPlaceholderData,
    error: ready && refused.size === 0 ? query.error : null,
    change: (next) => {
      setDraft(next);
      setPressed(false);
    },
    finished: () => {
      setPressed(true);
      return gaps.size === 0 && refused.size === 0;
    },
  };
}
