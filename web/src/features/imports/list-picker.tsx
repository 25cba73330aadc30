import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { listsQuery } from "~/api/set-queries.ts";
import type { ContactSet } from "~/api/types/sets.ts";
import { NameDialog } from "~/components/name-dialog.tsx";
import { SelectField } from "~/ui/field.tsx";

const NEW_LIST = "new";

/** One of the lists, or a new one. */
export function ListPicker({
  list,
  error,
  onChange,
}: {
  list: string;
  error: string | undefined;
  onChange: (list: string) => void;
}) {
  const lists = useQuery(listsQuery).data ?? [];
  const client = useQueryClient();
  const [making, setMaking] = useState(false);
  return (
    <>
      <SelectField
        label="List to put them on"
        error={error}
        value={list}
        onChange={(event) => {
          if (event.target.value === NEW_LIST) setMaking(true);
          else onChange(event.target.value);
        }}
      >
        <option value="">No list</option>
        {lists.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <option value={NEW_LIST}>New list…</option>
      </SelectField>
      {making ? (
        <NameDialog
          title="New list"
          verb="Make the list"
          onClose={() => setMaking(false)}
          onSave={async (name) => {
            const made = await post<ContactSet>("/api/lists", { name });
            // It can be chosen at once, not only when the lists have been read again.
            client.setQueryData(listsQuery.queryKey, (all) => all && [...all, made]);
            void client.invalidateQueries({ queryKey: ["lists"] });
            onChange(made.id);
            setMaking(false);
          }}
        />
      ) : null}
    </>
  );
}
