import { useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { Rule, Segment } from "~/api/types/sets.ts";
import { NameDialog } from "./name-dialog.tsx";
import { ruleWords } from "./rule/words.ts";
import { useNames } from "./sets.ts";

/** Gives a rule a name, under which it keeps itself up to date. */
export function SaveSegmentDialog({
  rule,
  onSaved,
  onClose,
}: {
  rule: Rule;
  onSaved: (segment: Segment) => void;
  onClose: () => void;
}) {
  const names = useNames();
  const client = useQueryClient();
  return (
    <NameDialog
      title="Save as segment"
      verb="Save the segment"
      hint="People enter and leave it by themselves as they change."
      onClose={onClose}
      onSave={async (name) => {
        const segment = await post<Segment>("/api/segments", { name, rule });
        await client.invalidateQueries({ queryKey: ["segments"] });
        onSaved(segment);
      }}
    >
      <p className="soft">Everybody for whom: {ruleWords(rule, names)}.</p>
    </NameDialog>
  );
}
