import { useState } from "react";
import { ApiError, messageOf } from "~/api/errors.ts";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { FieldError } from "~/ui/field.tsx";
import { readLine, readLines } from "./lines.ts";
import type { useTargets } from "./use-targets.ts";

/** One line adds somebody and is ready for the next; several lines that are pasted add all of them. */
export function QuickAdd({ add }: { add: ReturnType<typeof useTargets>["add"] }) {
  const [text, setText] = useState("");
  const lines = readLines(text);
  const [only] = lines;
  const send = (what: string) => {
    const targets = readLines(what);
    if (targets.length === 0 || add.isPending) return;
    add.mutate(targets, { onSuccess: () => setText("") });
  };
  const wrong = add.error
    ? add.error instanceof ApiError && add.error.fields[0]
      ? add.error.fields[0].message
      : messageOf(add.error)
    : null;
  return (
    <form
      className="quick-add"
      onSubmit={(event) => {
        event.preventDefault();
        send(text);
      }}
    >
      <div className="row">
        <input
          id="target-add"
          className="input grow"
          aria-label="Add a target"
          aria-describedby="target-add-hint"
          placeholder="Ada Lovelace, Acme, CTO @ada x:ada"
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (add.error) add.reset();
          }}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData("text");
            if (readLines(pasted).length < 2) return;
            event.preventDefault();
            const { value, selectionStart, selectionEnd } = event.currentTarget;
            send(
              `${value.slice(0, selectionStart ?? 0)}${pasted}${value.slice(selectionEnd ?? value.length)}`,
            );
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <Button type="submit" look="primary" icon="plus" busy={add.isPending} disabled={lines.length === 0}>
          Add
        </Button>
      </div>
      {wrong ? <FieldError alert>{wrong}</FieldError> : null}
      <p className="small muted" id="target-add-hint">
        {only && readLine(text)
          ? [
              only.name,
              only.title,
              only.company,
              only.email,
              only.telegram,
              only.x && `X ${only.x}`,
              only.url,
            ]
              .filter(Boolean)
              .join(" · ")
          : `Name, company, title; handles and addresses are told by their looks. Paste ${plural(2, "line")} or more to add them all.`}
      </p>
    </form>
  );
}
