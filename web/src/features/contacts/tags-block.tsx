import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { messageOf } from "~/api/errors.ts";
import { tagsQuery } from "~/api/set-queries.ts";
import type { Contact } from "~/api/types/contacts.ts";
import { Combobox } from "~/components/combobox.tsx";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Chip } from "~/ui/chip.tsx";
import { toast } from "~/ui/toast.tsx";
import { type Chosen, useSetChange } from "./use-sets.ts";

/** The tags of one contact: taken off with their cross, added by name, made where there is none. */
export function TagsBlock({ contact }: { contact: Contact }) {
  const tags = useQuery(tagsQuery).data ?? [];
  const [adding, setAdding] = useState(false);
  const change = useSetChange();
  const put = (set: Chosen, remove = false) =>
    change.mutate(
      { path: "tags", set, who: { contact_ids: [contact.id] }, remove },
      { onError: (error) => toast(messageOf(error)) },
    );
  const add = (set: Chosen) => {
    setAdding(false);
    put(set);
  };
  const has = new Set(contact.tags.map(({ id }) => id));
  return (
    <section className="side-block">
      <h2>Tags</h2>
      <div className="chips">
        {contact.tags.map((tag) => (
          <Chip
            key={tag.id}
            remove={`Take off the tag ${tag.name}`}
            onRemove={() => {
              put(tag, true);
              toast(`${tag.name} is taken off.`, { label: "Undo", run: () => put(tag) });
            }}
          >
            <Link to={paths.contactsIn(tag.id)}>{tag.name}</Link>
          </Chip>
        ))}
        {adding ? null : (
          <Button small look="quiet" icon="plus" onClick={() => setAdding(true)}>
            Add a tag
          </Button>
        )}
      </div>
      {adding ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: it only hears that the field was left
        <div
          ref={(box) => box?.querySelector("input")?.focus()}
          onBlur={() => setAdding(false)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setAdding(false);
          }}
        >
          <Combobox
            label="Tag"
            placeholder="Find or create a tag"
            options={tags.filter(({ id }) => !has.has(id))}
            create="Create tag"
            inline
            onPick={({ id, name }) => add({ id, name })}
            onCreate={(create) => add({ create })}
          />
        </div>
      ) : null}
    </section>
  );
}
