import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { post, upload } from "~/api/client.ts";
import { importQuery } from "~/api/queries.ts";
import type { Import } from "~/api/types/imports.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { paths } from "~/paths.ts";
import { SelectField } from "~/ui/field.tsx";

/** The files that this page has uploaded, for as long as it is open: another sheet is read from the file again. */
const files = new Map<string, File>();

export const keepFile = (id: string, file: File): void => void files.set(id, file);

/** The sheet of a workbook that is read. Once the page was loaded anew there is no file to read another one from. */
export function SheetPicker({ of: data }: { of: Import }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const file = files.get(data.id);
  const read = useMutation({
    mutationFn: async ({ from, sheet }: { from: File; sheet: string }) => {
      const made = await upload<Import>("/api/imports", { name: from.name, sheet }, from);
      // The other reading of the file is of no use any more.
      await post(`/api/imports/${data.id}/cancel`);
      return made;
    },
    onSuccess: (made, { from }) => {
      keepFile(made.id, from);
      client.setQueryData(importQuery(made.id).queryKey, made);
      void client.invalidateQueries({ queryKey: ["imports"] });
      void navigate(paths.import(made.id), { replace: true });
    },
  });
  if (!file || data.sheets.length < 2) return null;
  return (
    <>
      {read.error ? <ErrorBlock error={read.error} title="The sheet was not read." /> : null}
      <div className="sheet-picker">
        <SelectField
          label="Sheet"
          value={read.isPending ? read.variables.sheet : (data.sheet ?? "")}
          aria-busy={read.isPending}
          onChange={(event) => {
            if (!read.isPending) read.mutate({ from: file, sheet: event.target.value });
          }}
        >
          {data.sheets.map((sheet) => (
            <option key={sheet} value={sheet}>
              {sheet}
            </option>
          ))}
        </SelectField>
      </div>
    </>
  );
}
