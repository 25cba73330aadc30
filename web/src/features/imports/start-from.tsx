import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del, patch, post } from "~/api/client.ts";
import { fittingQuery } from "~/api/queries.ts";
import type { FittingMapping, Import } from "~/api/types/imports.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { NameDialog } from "~/components/name-dialog.tsx";
import { useNow } from "~/lib/clock.ts";
import { Button } from "~/ui/button.tsx";
import { SelectField } from "~/ui/field.tsx";
import { savedOf } from "./rules.ts";
import { CHECKED, type Decision, GUESSES, lastOf, sourceWords } from "./saved-mappings.ts";

/** What the mapping began with, and what else it could: the guesses, the last time, a saved one. */
export function StartFrom({
  of: data,
  fitting,
  decision,
  onPick,
}: {
  of: Import;
  fitting: readonly FittingMapping[];
  decision: Decision;
  onPick: (source: string) => void;
}) {
  const now = useNow();
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: fittingQuery(data.id).queryKey });
  const [dialog, setDialog] = useState<"save" | "rename" | "delete" | null>(null);
  const { source } = decision;
  const last = lastOf(fitting);
  const named = fitting.filter(({ name }) => name !== null);
  const chosen = fitting.find(({ id }) => id === source);
  const remove = useMutation({
    mutationFn: () => del(`/api/mappings/${source}`),
    onSuccess: async () => {
      setDialog(null);
      onPick(GUESSES);
      await refresh();
    },
  });
  return (
    <section className="start-from" aria-label="What the mapping begins with">
      <div className="row row-wrap small">
        <span className="soft">
          {source === CHECKED
            ? "As it was checked."
            : chosen === undefined
              ? "Guessed from the names and the first values of the columns."
              : chosen.name === null
                ? `${sourceWords(chosen, now)}.`
                : `As saved under “${chosen.name}”.`}
        </span>
        {source !== GUESSES ? (
          <Button look="quiet" small onClick={() => onPick(GUESSES)}>
            Use the guesses
          </Button>
        ) : null}
        {last && source !== last.id ? (
          <Button look="quiet" small onClick={() => onPick(last.id)}>
            {sourceWords(last, now)}
          </Button>
        ) : null}
        <span className="push" />
        <Button look="quiet" small onClick={() => setDialog("save")}>
          Save this mapping
        </Button>
      </div>
      {chosen?.notes.map((note) => (
        <p className="small soft" key={note}>
          {note}
        </p>
      ))}
      {named.length > 0 ? (
        <div className="row row-wrap start-saved">
          <SelectField
            label="Saved mapping"
            value={chosen?.name == null ? "" : source}
            onChange={(event) => onPick(event.target.value === "" ? GUESSES : event.target.value)}
          >
            <option value="">None</option>
            {named.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
          {chosen?.name == null ? null : (
            <>
              <Button look="quiet" small onClick={() => setDialog("rename")}>
                Rename
              </Button>
              <Button look="quiet" small onClick={() => setDialog("delete")}>
                Delete
              </Button>
            </>
          )}
        </div>
      ) : null}
      {dialog === "save" ? (
        <NameDialog
          title="Save this mapping"
          verb="Save the mapping"
          hint="It can be chosen for other files with such columns."
          onClose={() => setDialog(null)}
          onSave={async (name) => {
            const body = { ...savedOf(decision.mapping, decision.rules), name, import_id: data.id };
            const made = await post<{ id: string }>("/api/mappings", body);
            await refresh();
            setDialog(null);
            onPick(made.id);
          }}
        />
      ) : null}
      {dialog === "rename" ? (
        <NameDialog
          title="Rename the mapping"
          verb="Rename"
          name={chosen?.name ?? ""}
          onClose={() => setDialog(null)}
          onSave={async (name) => {
            await patch(`/api/mappings/${source}`, { name });
            await refresh();
            setDialog(null);
          }}
        />
      ) : null}
      {dialog === "delete" ? (
        <ConfirmDialog
          title="Delete the mapping?"
          verb="Delete the mapping"
          request={remove}
          onConfirm={() => remove.mutate()}
          onClose={() => setDialog(null)}
        >
          <p>“{chosen?.name}” is deleted for everybody here. Imports that used it stay as they are.</p>
        </ConfirmDialog>
      ) : null}
    </section>
  );
}
