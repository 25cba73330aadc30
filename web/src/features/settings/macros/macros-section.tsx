import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { macrosQuery } from "~/api/inbox-queries.ts";
import type { Macro } from "~/api/types/macros.ts";
import { Async } from "~/components/async.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import "../custom-fields/custom-fields.css";
import { useDeletion } from "../use-deletion.ts";
import { MacroDialog } from "./macro-dialog.tsx";
import { stepWords } from "./step-words.ts";
import { useStepNames } from "./use-step-names.ts";

/** What is done in conversations again and again, as one thing. */
export function MacrosSection() {
  const list = useQuery(macrosQuery);
  const names = useStepNames();
  const [open, setOpen] = useState<"new" | Macro | null>(null);
  const remove = useDeletion<Macro>("/api/macros", ["macros"], ({ name, steps }) => ({ name, steps }));
  const add = (
    <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
      Make a macro
    </Button>
  );
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          What you do in conversations again and again, as one thing: M runs one in the inbox, in a
          conversation or in all that are chosen. Its answer can be taken back like every answer.
        </p>
        {(list.data?.length ?? 0) > 0 ? add : null}
      </div>
      <Async of={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty
              title="No macro yet."
              text="Thank them, label it “Price”, note what was said, and snooze it until Monday: one key."
            >
              {add}
            </Empty>
          ) : (
            <ul className="panel" aria-label="Macros">
              {all.map((one) => (
                <li key={one.id} className="custom-field">
                  <div className="custom-field-what">
                    <span className="strong">{one.name}</span>
                    <span className="small soft">
                      {one.steps.map((step) => stepWords(step, names)).join(", then ")}
                    </span>
                  </div>
                  <div className="custom-field-acts">
                    <IconButton icon="pencil" label={`Change ${one.name}`} onClick={() => setOpen(one)} />
                    <IconButton
                      icon="trash"
                      label={`Delete ${one.name}`}
                      onClick={() => remove.mutate(one)}
                    />
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
      {open ? <MacroDialog macro={open === "new" ? null : open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}
