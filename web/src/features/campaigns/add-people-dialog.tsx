import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "~/api/client.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";
import { AudienceStep } from "./audience-step.tsx";
import { type AudienceDraft, audienceOf, EVERYBODY, isChosen } from "./draft.ts";

/** Who comes into a campaign that runs. Whoever is in it already stays where they are. */
export function AddPeopleDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState<AudienceDraft>({ ...EVERYBODY, audience: "set" });
  const [again, setAgain] = useState(false);
  const add = useMutation({
    mutationFn: () =>
      post<{ enrolled: number }>(`/api/campaigns/${id}/people`, { audience: audienceOf(draft), again }),
    onSuccess: ({ enrolled }) => {
      for (const key of ["campaign", "campaigns", "stats"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(
        enrolled === 0
          ? "All of them are in the campaign, or were."
          : `${plural(enrolled, "person", "people")} begin at the first step.`,
      );
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog
      title="Add people"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            type="submit"
            form="add-people"
            busy={add.isPending}
            disabled={!isChosen(draft)}
          >
            Add them
          </Button>
        </>
      }
    >
      <form id="add-people" className="stack" onSubmit={submit}>
        {add.error ? <ErrorBlock error={add.error} /> : null}
        <AudienceStep draft={draft} onChange={(part) => setDraft((now) => ({ ...now, ...part }))} />
        <label className="check">
          <input type="checkbox" checked={again} onChange={(event) => setAgain(event.target.checked)} />
          <span>Also those of them who were taken out: they begin anew, and may get a step once more</span>
        </label>
        <p className="soft">
          They begin at the first step, as soon as the hours of the campaign allow. Whoever is in it, or was,
          stays as they are.
        </p>
      </form>
    </Dialog>
  );
}
