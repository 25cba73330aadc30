import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { patch } from "~/api/client.ts";
import { segmentQuery } from "~/api/set-queries.ts";
import type { Rule, Segment } from "~/api/types/sets.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { NameDialog } from "~/components/name-dialog.tsx";
import { Page } from "~/components/page.tsx";
import { group, ruleOf } from "~/components/rule/draft.ts";
import { FoundPanel } from "~/components/rule/found.tsx";
import { newRow, RuleBuilder } from "~/components/rule/rule-builder.tsx";
import { useRule } from "~/components/rule/use-rule.ts";
import { SaveSegmentDialog } from "~/components/save-segment-dialog.tsx";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import "./segments.css";

const BACK = { to: paths.segments, label: "Back to the segments" };
/** One row, not filled in. */
const blank = (): Rule => ruleOf(group("all", [newRow()])).rule;

/** A segment's rule: a new one, or one that is there. */
export function SegmentPage() {
  const { id = "new" } = useParams();
  return id === "new" ? <NewSegment /> : <OneSegment key={id} id={id} />;
}

function NewSegment() {
  const navigate = useNavigate();
  return (
    <Editor
      title="New segment"
      start={blank}
      verb="Save as segment…"
      render={(rule, close) => (
        <SaveSegmentDialog
          rule={rule}
          onClose={close}
          onSaved={({ id, name }) => {
            toast(`${name} is saved, and keeps itself up to date.`);
            void navigate(paths.contactsIn(id));
          }}
        />
      )}
    />
  );
}

function OneSegment({ id }: { id: string }) {
  const segment = useQuery(segmentQuery(id));
  if (segment.data) return <Known segment={segment.data} />;
  return (
    <Page title="Segment" back={BACK}>
      <Async of={segment}>{() => null}</Async>
    </Page>
  );
}

function Known({ segment }: { segment: Segment }) {
  const [renaming, setRenaming] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const stale = () => client.invalidateQueries({ queryKey: ["segments"] });
  const save = useMutation({
    mutationFn: (rule: Rule) => patch<Segment>(`/api/segments/${segment.id}`, { rule }),
    onSuccess: () => {
      void stale();
      toast("Saved. Who is in it follows in a moment.");
      void navigate(paths.contactsIn(segment.id));
    },
  });
  return (
    <>
      <Editor
        title={segment.name}
        start={() => segment.rule}
        verb="Save the rule"
        request={save}
        onSave={save.mutate}
        more={<Button onClick={() => setRenaming(true)}>Rename</Button>}
      />
      {renaming ? (
        <NameDialog
          title={`Rename ${segment.name}`}
          verb="Rename"
          name={segment.name}
          onClose={() => setRenaming(false)}
          onSave={async (name) => {
            await patch(`/api/segments/${segment.id}`, { name });
            await stale();
            setRenaming(false);
          }}
        />
      ) : null}
    </>
  );
}

function Editor({
  title,
  start,
  verb,
  more,
  request,
  onSave,
  render,
}: {
  title: string;
  start: () => Rule;
  verb: string;
  more?: ReactNode;
  request?: { error: unknown; isPending: boolean };
  /** Saves at once; otherwise `render` asks for more first. */
  onSave?: (rule: Rule) => void;
  render?: (rule: Rule, close: () => void) => ReactNode;
}) {
  const state = useRule(start);
  const [saving, setSaving] = useState(false);
  return (
    <Page title={title} back={BACK} actions={more}>
      <form
        className="rule-layout segment-editor"
        onSubmit={(event) => {
          event.preventDefault();
          if (!state.finished()) return;
          if (onSave) onSave(state.rule);
          else setSaving(true);
        }}
      >
        <div className="stack">
          {request?.error ? <ErrorBlock error={request.error} /> : null}
          <section className="panel panel-body" aria-label="Rule">
            <RuleBuilder draft={state.draft} mistakes={state.mistakes} onChange={state.change} />
          </section>
          <div className="row">
            <Button look="primary" type="submit" busy={request?.isPending}>
              {verb}
            </Button>
          </div>
        </div>
        <FoundPanel state={state} />
      </form>
      {saving && render ? render(state.rule, () => setSaving(false)) : null}
    </Page>
  );
}
