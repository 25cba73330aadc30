import { useState } from "react";
import { fieldError } from "~/api/errors.ts";
import type { CompanyDetail } from "~/api/types/companies.ts";
import { Button } from "~/ui/button.tsx";
import { FieldError } from "~/ui/field.tsx";
import { useSave } from "./use-save.ts";

/** What somebody wrote down about a company; a press makes it a text field. */
export function NotesBlock({ company }: { company: CompanyDetail }) {
  const [draft, setDraft] = useState<string | null>(null);
  const save = useSave(company);
  const notes = company.notes ?? "";
  const finish = () => {
    if (draft !== null && draft.trim() !== notes)
      save.mutate({ notes: draft.trim() }, { onSuccess: () => setDraft(null) });
    else setDraft(null);
  };
  const wrong = fieldError(save.error, "notes");
  return (
    <section className="side-block">
      <div className="row">
        <h2 className="grow">Notes</h2>
        {draft === null ? (
          <Button small look="quiet" icon="pencil" onClick={() => setDraft(notes)}>
            {notes === "" ? "Write" : "Edit"}
          </Button>
        ) : null}
      </div>
      {draft === null ? (
        <p className={notes === "" ? "small muted" : "small company-notes"}>
          {notes || "Nothing is written down yet."}
        </p>
      ) : (
        <>
          <textarea
            className="input company-notes-edit"
            aria-label="Notes"
            rows={6}
            // biome-ignore lint/a11y/noAutofocus: it takes the place of the button that was pressed
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) finish();
              else if (event.key === "Escape") setDraft(null);
            }}
          />
          {wrong ? <FieldError alert>{wrong}</FieldError> : null}
          <div className="row">
            <Button small onClick={() => setDraft(null)}>
              Cancel
            </Button>
            <Button small look="primary" busy={save.isPending} onClick={finish}>
              Save
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
