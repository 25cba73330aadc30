import { useState } from "react";
import type { Contact } from "~/api/types/contacts.ts";
import { personName, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, SelectField } from "~/ui/field.tsx";
import type { Column } from "./columns.tsx";
import { cellsOf, changesOf, MOST_ROWS, takesCells } from "./paste.ts";
import { usePaste } from "./use-paste.ts";

/** So many changes are shown one by one; the others are counted. */
const SHOWN = 50;

/** Cells from a spreadsheet for some contacts: what changes is shown before it does. */
export function PasteDialog({
  contacts,
  columns,
  pasted,
  onClose,
  onDone,
}: {
  /** In the order of the list. */
  contacts: readonly Contact[];
  /** Those of the list, from left to right. */
  columns: readonly Column[];
  /** What was pasted already. */
  pasted: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const open = columns.filter(({ id }) => takesCells(id));
  const [text, setText] = useState(pasted);
  const [first, setFirst] = useState(open[0]?.id ?? "");
  const paste = usePaste(onDone);
  const from = open.slice(
    Math.max(
      0,
      open.findIndex(({ id }) => id === first),
    ),
  );
  const block = cellsOf(text);
  const on = contacts.slice(0, MOST_ROWS);
  const { changes, outside } = changesOf(
    block,
    on,
    from.map(({ id }) => id),
  );
  const people = new Set(changes.map(({ contact }) => contact.id)).size;
  const label = (id: string) => columns.find((column) => column.id === id)?.label ?? id;
  const refused = paste.data?.refused ?? [];
  return (
    <Dialog
      title={`Paste cells on ${plural(on.length, "contact")}`}
      className="paste-dialog"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{refused.length > 0 ? "Close" : "Cancel"}</Button>
          <Button
            look="primary"
            busy={paste.isPending}
            disabled={changes.length === 0}
            onClick={() => paste.mutate(changes)}
          >
            {changes.length === 0 ? "Change" : `Change ${plural(changes.length, "cell")}`}
          </Button>
        </>
      }
    >
      <div className="stack">
        <SelectField label="First column" value={first} onChange={(event) => setFirst(event.target.value)}>
          {open.map(({ id, label: name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <Frame
          label="Cells"
          hint="Copy them in a spreadsheet and paste them here: rows go on the contacts in the order of the list, cells to the right into the columns that follow."
        >
          {(control) => (
            <textarea
              {...control}
              className="input paste-cells"
              rows={4}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Frame>
        <p className="small soft" role="status">
          {block.length === 0
            ? "Nothing is pasted yet."
            : `${plural(changes.length, "cell")} of ${plural(people, "contact")} ${changes.length === 1 ? "changes" : "change"}.`}
          {outside > 0
            ? ` ${plural(outside, "cell")} ${outside === 1 ? "lies" : "lie"} outside and ${outside === 1 ? "is" : "are"} left out.`
            : null}
          {contacts.length > MOST_ROWS ? ` Only the first ${MOST_ROWS} contacts are changed at once.` : null}
        </p>
        {refused.length > 0 ? (
          <div role="alert">
            <ul className="small">
              {refused.map(({ name, why }) => (
                <li key={name}>
                  <strong>{name}</strong> stays as it was: {why}
                </li>
              ))}
            </ul>
          </div>
        ) : null}
        {changes.length > 0 ? (
          <div className="paste-preview" tabIndex={0} role="region" aria-label="What changes">
            <table>
              <thead>
                <tr>
                  <th scope="col">Contact</th>
                  <th scope="col">Column</th>
                  <th scope="col">Now</th>
                  <th scope="col">Then</th>
                </tr>
              </thead>
              <tbody>
                {changes.slice(0, SHOWN).map(({ contact, column, before, after }) => (
                  <tr key={`${contact.id} ${column}`}>
                    <th scope="row">{personName(contact)}</th>
                    <td>{label(column)}</td>
                    <td className="soft">{before || "empty"}</td>
                    <td>{after || "empty"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {changes.length > SHOWN ? (
              <p className="small soft">And {plural(changes.length - SHOWN, "further cell")}.</p>
            ) : null}
          </div>
        ) : null}
      </div>
    </Dialog>
  );
}
