import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listsQuery, tagsQuery } from "~/api/set-queries.ts";
import type { AssignWho } from "~/api/types/contacts.ts";
import { useBulk } from "~/components/bulk-toast.tsx";
import { Combobox } from "~/components/combobox.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { actionOn, type Chosen, type SetAction, type SetPath, useMadeSet } from "./use-sets.ts";

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
  const make = useMadeSet();
  const change = useBulk(onDone);
  const go = async (chosen: Chosen) => {
    try {
      const { id } = await make.mutateAsync({ path: words.path, set: chosen });
      change.mutate({ who, action: actionOn(action, id) });
    } catch {
      // Said below.
    }
  };
  const error = make.error ?? change.error;
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
            busy={make.isPending || change.isPending}
            disabled={set === null}
            onClick={() => set && void go(set)}
          >
            {isNew ? `Make it, and ${words.verb.toLowerCase()}` : words.verb}
          </Button>
        </>
      }
    >
      {error ? <ErrorBlock error={error} /> : null}
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
