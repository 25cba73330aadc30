import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { upload } from "~/api/client.ts";
import type { SuppressionsTaken } from "~/api/types/contacts.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Callout } from "~/ui/states.tsx";
import { takenWords } from "./taken.ts";

/** A list of addresses from elsewhere goes on the suppression list. */
export function FileDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const take = useMutation({
    mutationFn: (file: File) =>
      upload<SuppressionsTaken>("/api/suppressions/import", { name: file.name }, file),
    onSuccess: () => {
      for (const key of ["suppressions", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const { data: taken, variables: file } = take;
  return (
    <Dialog
      title="Import suppressed addresses"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{taken ? "Done" : "Cancel"}</Button>
          {taken && taken.failed === 0 ? null : (
            <Button
              look={taken ? "plain" : "primary"}
              busy={take.isPending}
              onClick={() => input.current?.click()}
            >
              {taken ? "Choose the corrected file" : "Choose a file"}
            </Button>
          )}
        </>
      }
    >
      <div className="stack">
        {take.error ? <ErrorBlock error={take.error} title="The file was not taken in." /> : null}
        {taken ? (
          <Result taken={taken} name={file?.name ?? "suppressions.csv"} />
        ) : (
          <>
            <p>
              A CSV file or an Excel workbook with one address in a row. Nothing is sent to these addresses
              from then on, and what waits in the queue for them is withdrawn.
            </p>
            <dl className="file-columns small">
              <dt>value</dt>
              <dd>The e-mail address or phone number. The only column that it needs.</dd>
              <dt>channel</dt>
              <dd>email, sms or another; every channel if empty.</dd>
              <dt>sender</dt>
              <dd>The address of one sender, where only that one is meant.</dd>
              <dt>reason, source, since</dt>
              <dd>For whoever asks later.</dd>
            </dl>
            <p className="small soft">A file that was exported here can be taken in as it is.</p>
          </>
        )}
        <input
          ref={input}
          className="sr-only"
          type="file"
          tabIndex={-1}
          aria-label="File with addresses"
          accept=".csv,.tsv,.txt,.xlsx,text/csv"
          onChange={(event) => {
            const chosen = event.target.files?.[0];
            event.target.value = "";
            if (chosen) take.mutate(chosen);
          }}
        />
      </div>
    </Dialog>
  );
}

function Result({ taken, name }: { taken: SuppressionsTaken; name: string }) {
  const { failed, rejected, rejected_csv: back } = taken;
  return (
    <>
      <div role="status">
        <Callout tone={failed > 0 ? "warn" : "good"}>{takenWords(taken)}</Callout>
      </div>
      {failed > 0 ? (
        <>
          <div className="row row-wrap">
            <h3 className="grow">{plural(failed, "row")} could not be used</h3>
            {back ? (
              <Button small icon="download" onClick={() => save(back, name)}>
                Download the rejected rows
              </Button>
            ) : null}
          </div>
          <ul className="refusals small">
            {rejected.map(({ place, reason }) => (
              <li key={place}>
                <span className="soft">{place}</span> {reason}
              </li>
            ))}
          </ul>
          {failed > rejected.length ? (
            <p className="small soft">And {count(failed - rejected.length)} more, in the file.</p>
          ) : null}
        </>
      ) : null}
    </>
  );
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${name.replace(/\.[^.]*$/, "")}-rejected.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
