import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useNavigate } from "react-router";
import { messageOf } from "~/api/errors.ts";
import type { Funnel } from "~/api/types/funnels.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { MiniFunnel } from "~/components/funnel/mini-funnel.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Choices, TextField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { FileProblems } from "./file-problems.tsx";
import {
  type FileFormat,
  formatOfFile,
  importFile,
  linesOf,
  nameOfFile,
  type ParsedFile,
  parseFile,
} from "./files.ts";
import { isHeap, tidy } from "./tidy.ts";
import "./builder.css";

/** What was dropped, chosen or pasted. */
export type Taken = { text: string; format?: FileFormat; named: string };

/** A funnel from a file: what it would become, what is wrong with it, and where it goes. */
export function ImportDialog({
  funnels,
  first,
  onClose,
}: {
  funnels: readonly Funnel[];
  /** What was dropped or pasted before the dialog was open. */
  first: Taken | null;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [taken, setTaken] = useState(first);
  const [name, setName] = useState<string | null>(null);
  const [onto, setOnto] = useState<"new" | "next">("new");
  const parsed = useQuery({
    queryKey: ["funnel-parse-file", taken],
    queryFn: ({ signal }) => parseFile(taken?.text ?? "", taken?.format, signal),
    enabled: taken !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const file = taken === null ? undefined : parsed.data;
  const called = name ?? file?.name ?? taken?.named ?? "";
  const same = funnels.find((one) => one.name.toLowerCase() === called.trim().toLowerCase());
  const target = onto === "next" ? same : undefined;
  const save = useMutation({
    mutationFn: () =>
      importFile({
        text: taken?.text ?? "",
        format: file?.format ?? "yaml",
        name: called.trim(),
        ...(target ? { funnel_id: target.id, version: target.version } : {}),
      }),
    onSuccess: (funnel) => {
      void client.invalidateQueries({ queryKey: ["funnels"] });
      toast(
        target && funnel.version === target.version
          ? "The file is the same as the newest version: nothing has changed."
          : `Imported as version ${funnel.version}.`,
      );
      void navigate(paths.funnel(funnel.id));
    },
  });
  const broken = file !== undefined && (file.graph === null || linesOf(file).some(({ bad }) => bad));
  return (
    <Dialog
      title="Import a funnel"
      onClose={onClose}
      footer={
        <>
          {taken ? <Button onClick={() => setTaken(null)}>Another file</Button> : null}
          <Button onClick={onClose}>Cancel</Button>
          {file ? (
            <Button
              look="primary"
              busy={save.isPending}
              disabled={broken || called.trim() === ""}
              onClick={() => save.mutate()}
            >
              {target ? `Save as version ${target.version + 1}` : "Make it a funnel"}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="stack">
        {save.error ? <ErrorBlock error={save.error} title="It was not imported." /> : null}
        {parsed.error ? <ErrorBlock error={parsed.error} title="It could not be read." /> : null}
        {taken === null ? (
          <Drop onTaken={setTaken} />
        ) : file ? (
          <>
            <Preview file={file} />
            {broken ? null : (
              <TextField
                label="Name"
                value={called}
                maxLength={200}
                onChange={(event) => setName(event.target.value)}
              />
            )}
            {same && !broken ? (
              <Choices
                legend={`There is a funnel "${same.name}"`}
                name="onto"
                value={onto}
                onChange={setOnto}
                options={[
                  { value: "new", title: "Make another one of this name" },
                  { value: "next", title: `Make it version ${same.version + 1} of that one` },
                ]}
              />
            ) : null}
          </>
        ) : (
          <p className="soft" role="status">
            Reading…
          </p>
        )}
      </div>
    </Dialog>
  );
}

function Preview({ file }: { file: ParsedFile }) {
  const lines = linesOf(file);
  const errors = lines.filter(({ bad }) => bad).length;
  const { graph } = file;
  return (
    <>
      {graph && graph.nodes.length > 0 ? (
        <div className="import-preview">
          <MiniFunnel graph={isHeap(graph) ? tidy(graph) : graph} />
        </div>
      ) : null}
      <div role="status">
        {graph === null ? (
          <Callout tone="bad">
            This {file.format.toUpperCase()} cannot be read. Correct it there and try again.
          </Callout>
        ) : (
          <Callout tone={errors > 0 ? "bad" : "good"}>
            {file.format.toUpperCase()} with {plural(graph.nodes.length, "step")} and{" "}
            {plural(graph.edges.length, "way")}
            {errors > 0
              ? `; ${plural(errors, "thing")} to correct before it can be a funnel.`
              : ". A campaign can run on it."}
          </Callout>
        )}
      </div>
      {lines.length > 0 ? <FileProblems lines={lines} /> : null}
    </>
  );
}

function Drop({ onTaken }: { onTaken: (taken: Taken) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [pasted, setPasted] = useState("");
  const read = (file: File | undefined) => {
    if (file) void takeFile(file).then(onTaken, (error) => toast(messageOf(error)));
  };
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a second way to choose one */}
      <div
        className={over ? "funnel-drop funnel-drop-over" : "funnel-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          read(event.dataTransfer.files[0]);
        }}
      >
        <Icon name="upload" className="icon-lg" />
        <p className="strong">Drop a YAML, JSON or CSV file here</p>
        <Button onClick={() => input.current?.click()}>Choose a file</Button>
        <input
          ref={input}
          className="sr-only"
          type="file"
          tabIndex={-1}
          aria-label="File with a funnel"
          accept=".yaml,.yml,.json,.csv,.tsv,.txt"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            read(file);
          }}
        />
      </div>
      <label className="field">
        <span className="label">Or paste it</span>
        <textarea
          className="input mono"
          rows={6}
          spellCheck={false}
          value={pasted}
          placeholder={"steps:\n  - key: first\n    type: email_send"}
          onChange={(event) => setPasted(event.target.value)}
        />
      </label>
      <div className="row">
        <p className="small soft grow">
          A spreadsheet has one row for each step: key, type, name, subject, body, next 1.
        </p>
        <Button disabled={pasted.trim() === ""} onClick={() => onTaken({ text: pasted, named: "" })}>
          Read it
        </Button>
      </div>
    </>
  );
}

/** The text of a file. */
export async function takeFile(file: File): Promise<Taken> {
  const format = formatOfFile(file.name);
  return { text: await file.text(), named: nameOfFile(file.name), ...(format ? { format } : {}) };
}
