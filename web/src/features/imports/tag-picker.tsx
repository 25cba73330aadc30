import { useQuery } from "@tanstack/react-query";
import { tagsQuery } from "~/api/set-queries.ts";
import { Combobox } from "~/components/combobox.tsx";
import { Chip } from "~/ui/chip.tsx";
import { Frame } from "~/ui/field.tsx";
import { MOST_TAGS, withTag } from "./rules.ts";

/** Tags by name: Enter adds one, and makes it where there is none. */
export function TagPicker({
  tags,
  error,
  onChange,
}: {
  tags: readonly string[];
  error: string | undefined;
  onChange: (tags: readonly string[]) => void;
}) {
  const known = useQuery(tagsQuery).data ?? [];
  const chosen = new Set(tags.map((tag) => tag.toLowerCase()));
  const full = tags.length >= MOST_TAGS;
  const add = (name: string) => onChange(withTag(tags, name));
  return (
    <Frame
      label="Tags for them"
      hint={
        full
          ? `That is as many as there can be, ${MOST_TAGS}.`
          : "Everybody in the file who is accepted gets them."
      }
      error={error}
    >
      {(control) => (
        <>
          {tags.length > 0 ? (
            <ul className="chips" aria-label="Chosen tags">
              {tags.map((tag) => (
                <li className="chosen-tag" key={tag}>
                  <Chip
                    remove={`Leave out the tag ${tag}`}
                    onRemove={() => onChange(tags.filter((other) => other !== tag))}
                  >
                    {tag}
                  </Chip>
                </li>
              ))}
            </ul>
          ) : null}
          <Combobox
            control={control}
            placeholder="Find or create a tag"
            options={known.filter(({ name }) => !chosen.has(name.toLowerCase()))}
            create="Create tag"
            onPick={({ name }) => add(name)}
            onCreate={add}
          />
        </>
      )}
    </Frame>
  );
}
