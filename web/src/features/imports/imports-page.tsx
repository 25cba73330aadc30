import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { upload } from "~/api/client.ts";
import { importQuery } from "~/api/queries.ts";
import type { Import } from "~/api/types/imports.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Steps } from "~/ui/steps.tsx";
import { History } from "./history.tsx";
import { IMPORT_STEPS } from "./import-steps.ts";
import { keepFile } from "./sheet-picker.tsx";
import "./imports.css";

export function ImportsPage() {
  const navigate = useNavigate();
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: (file: File) => upload<Import>("/api/imports", { name: file.name }, file),
    onSuccess: (made, file) => {
      keepFile(made.id, file);
      client.setQueryData(importQuery(made.id).queryKey, made);
      void client.invalidateQueries({ queryKey: ["imports"] });
      void navigate(paths.import(made.id));
    },
  });
  return (
    <Page title="Import contacts">
      <div className="measure-narrow stack">
        <Steps steps={IMPORT_STEPS} current={0} />
        {send.error ? <ErrorBlock error={send.error} title="The file was not accepted." /> : null}
        <DropZone busy={send.isPending} onFile={(file) => send.mutate(file)} />
        <p className="small soft">
          CSV, TSV and other separated text, Excel workbooks (.xlsx) and address books (vCard, .vcf). Nothing
          is stored as a contact before you have seen what each column becomes.
        </p>
        <History />
      </div>
    </Page>
  );
}

/** What the file picker offers; the server looks at the bytes alone. */
const ACCEPT =
  ".csv,.tsv,.txt,.xlsx,.xlsm,.vcf,.vcard,text/csv,text/tab-separated-values,text/plain,text/vcard,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

function DropZone({ busy, onFile }: { busy: boolean; onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button does the same
    <div
      className={over ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <Icon name="upload" className="icon-lg" />
      <h2>{busy ? "Reading the file" : "Drop a file here"}</h2>
      <Button look="primary" busy={busy} onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        className="sr-only"
        type="file"
        tabIndex={-1}
        aria-label="File with contacts"
        accept={ACCEPT}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
    </div>
  );
}
