import type { Rule } from "~/api/types/sets.ts";
import { group, ruleOf } from "~/components/rule/draft.ts";
import { FoundPanel } from "~/components/rule/found.tsx";
import { newRow, RuleBuilder } from "~/components/rule/rule-builder.tsx";
import { useRule } from "~/components/rule/use-rule.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

/** Narrows the list by conditions; they go into the address, and can be kept as a segment. */
export function RuleDialog({
  rule,
  onApply,
  onSave,
  onClose,
}: {
  rule: Rule | null;
  onApply: (rule: Rule) => void;
  onSave: (rule: Rule) => void;
  onClose: () => void;
}) {
  const state = useRule(() => rule ?? ruleOf(group("all", [newRow()])).rule);
  return (
    <Dialog
      title="Filter contacts"
      className="dialog-rule"
      onClose={onClose}
      footer={
        <>
          <Button
            look="quiet"
            onClick={() => {
              if (state.finished()) onSave(state.rule);
            }}
          >
            Save as segment…
          </Button>
          <span className="push" />
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="filter-rule">
            Show them
          </Button>
        </>
      }
    >
      <form
        id="filter-rule"
        className="rule-layout"
        onSubmit={(event) => {
          event.preventDefault();
          if (state.finished()) onApply(state.rule);
        }}
      >
        <RuleBuilder draft={state.draft} mistakes={state.mistakes} onChange={state.change} />
        <FoundPanel state={state} />
      </form>
    </Dialog>
  );
}
