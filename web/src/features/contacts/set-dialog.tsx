import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listsQuery, tagsQuery } from "~/api/set-queries.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { Combobox } from "~/components/combobox.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";
import { type Chosen, type SetPath, useSetChange } from "./use-sets.ts";

export type SetAction = "add-tag" | "remove-tag" | "add-list";

const WORDS: Record<
  SetAction,
  { title: (people: string) => string; verb: string; path: SetPath; one: string }
> = {
  "add-tag": { title: (people) => `Tag ${people}`, verb: "Add the tag", path: "tags", one: "tag" },
  "remove-tag": {
    title: (people) => `Take a tag off ${people}`,
    verb: "Take it off",
    path: "tags",
    one: "tag",
  },
  "add-list": {
    title: (people) => `Put ${people} on a list`,
    verb: "Put them on it",
    path: "lists",
    one: "list",
  },
};

/** What became of it, in one sentence. */
export function outcome(action: SetAction, name: string, changed: number): string {
  const people = plural(changed, "contact");
  if (action === "remove-tag")
    return changed === 0 ? `None of them had ${name}.` : `${name} is off ${people}.`;
  if (changed === 0)
    return action === "add-tag" ? `All of them had ${name} already.` : `All of them were on ${name} already.`;
  return action === "add-tag" ? `${people} got ${name}.` : `${people} went on ${name}.`;
}

/** Which tag or list it is for what is ticked; one that is not there yet is made. */
export function SetDialog({
  action,
  who,
  count,
  onClose,
  onDone,
}: {
  action: SetAction;
  who: AssignWho;
  count: number;
  onClose: () => void;
  onDone: () => void;
}) {
  const words = WORDS[action];
  const sets = useQuery(words.path === "tags" ? tagsQuery : listsQuery);
  const [set, setSet] = useState<Chosen | null>(null);
  const change = useSetChange(({ name, changed }) => {
    toast(outcome(action, name, changed));
    onDone();
  });
  const remove = action === "remove-tag";
  const options = (sets.data ?? []).map(({ id, name, contacts }) => ({
    id,
    name,
    note: plural(contacts, "contact"),
  }));
  const chosen = set && ("id" in set ? set.name : set.create);
  const isNew = set !== null && "create" in set;
  return (
    <Dialog
      title={words.title(plural(count, "contact"))}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            busy={change.isPending}
            disabled={set === null}
            onClick={() => set && change.mutate({ path: words.path, set, who, remove })}
          >
            {isNew ? `Make it, and ${words.verb.toLowerCase()}` : words.verb}
          </Button>
        </>
      }
    >
      {change.error ? <ErrorBlock error={change.error} /> : null}
      <div className="set-pick">
        <Combobox
          label={words.one === "tag" ? "Tag" : "List"}
          placeholder={remove ? "Find a tag" : `Find or create a ${words.one}`}
          options={options}
          create={`Create ${words.one}`}
          inline
          onPick={({ id, name }) => setSet({ id, name })}
          onCreate={remove ? undefined : (create) => setSet({ create })}
        />
      </div>
      <p className="soft" role="status">
        {chosen === null ? (
          `Choose a ${words.one}${remove ? "." : ", or write the name of a new one."}`
        ) : (
          <>
            {isNew ? `The new ${words.one}` : `The ${words.one}`} <strong>{chosen}</strong>.
          </>
        )}
      </p>
    </Dialog>
  );
}
