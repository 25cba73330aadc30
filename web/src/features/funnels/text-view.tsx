import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { messageOf } from "~/api/errors.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { FileProblems } from "./file-problems.tsx";
import { lineSpan, linesOf, parseFile, printDraft } from "./files.ts";
import { isHeap, tidy } from "./tidy.ts";
import { useWorkbench } from "./use-builder.ts";
import "./text-view.css";

/** Text that was changed and not applied yet, with the YAML it was made from. */
export type Loose = { text: string; of: string } | null;

const LABEL = "The funnel as YAML";

/** The funnel as YAML, to read and to change. What is applied is one step of undo, as any other change. */
export function TextView({ loose, setLoose }: { loose: Loose; setLoose: (loose: Loose) => void }) {
  const bench = useWorkbench();
  const { draft } = bench;
  const printed = useQuery({
    queryKey: ["funnel-yaml", JSON.stringify(draft)],
    queryFn: ({ signal }) => printDraft(draft, "yaml", signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });
  if (printed.error) return <ErrorBlock error={printed.error} onRetry={() => void printed.refetch()} />;
  if (printed.data === undefined) return <Skeleton lines={12} />;
  return <Editor yaml={printed.data} loose={loose} setLoose={setLoose} />;
}

function Editor({ yaml, loose, setLoose }: { yaml: string; loose: Loose; setLoose: (loose: Loose) => void }) {
  const { draft, apply, nameOf } = useWorkbench();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const [applying, setApplying] = useState(false);
  const text = loose?.text ?? yaml;
  const latest = useRef(text);
  latest.current = text;
  const settled = useDebounced(text, 400);
  const parsed = useQuery({
    queryKey: ["funnel-parse", settled],
    queryFn: ({ signal }) => parseFile(settled, "yaml", signal),
    enabled: loose !== null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    placeholderData: (before) => before,
  });
  const lines = loose !== null && parsed.data ? linesOf(parsed.data) : [];
  const bad = new Set(lines.filter((one) => one.bad).map(({ line }) => line));
  const count = text.split("\n").length;
  const jump = (line: number) => {
    const element = area.current;
    if (!element) return;
    const [start, end] = lineSpan(text, line);
    element.focus();
    element.setSelectionRange(start, end);
    element.scrollTop = Math.max(0, (line - 4) * LINE_PX);
  };
  const put = async () => {
    setApplying(true);
    try {
      const read = await parseFile(text, "yaml");
      if (!read.graph) {
        // Who writes on meanwhile is not taken elsewhere.
        if (read.error?.line && latest.current === text) jump(read.error.line);
        return;
      }
      const graph = isHeap(read.graph) ? tidy(read.graph) : read.graph;
      apply({ name: read.name ?? draft.name, description: read.description ?? "", graph });
      if (latest.current === text) setLoose(null);
      toast("Applied. Save makes it the next version; Undo takes it back.");
    } catch (error) {
      toast(messageOf(error));
    } finally {
      setApplying(false);
    }
  };
  const stale = loose !== null && loose.of !== yaml;
  return (
    <section className="text-view" aria-label="YAML">
      <div className="text-bar">
        {loose === null ? (
          <span className="small soft">
            {plural(count - 1, "line")}. What you change here is checked as you write.
          </span>
        ) : (
          <>
            <Badge tone="warn">Not applied</Badge>
            <span className="small soft">
              {stale
                ? "The steps were changed elsewhere since; applying replaces that."
                : "Save keeps the steps as they were until you apply."}
            </span>
          </>
        )}
        <span className="push" />
        <Button small disabled={loose === null} onClick={() => setLoose(null)}>
          Discard
        </Button>
        <Button small look="primary" disabled={loose === null} busy={applying} onClick={() => void put()}>
          Apply
        </Button>
      </div>
      <div className="text-paper">
        <div className="text-gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: count }, (_, at) => (
            <span key={at} className={bad.has(at + 1) ? "text-bad" : undefined}>
              {at + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          className="text-area"
          aria-label={LABEL}
          aria-describedby="yaml-problems"
          aria-invalid={bad.size > 0 || undefined}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          value={text}
          onChange={(event) => {
            const next = event.target.value;
            setLoose(next === yaml ? null : { text: next, of: loose?.of ?? yaml });
          }}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && loose !== null) {
              event.preventDefault();
              void put();
            }
          }}
        />
      </div>
      <div id="yaml-problems" className="text-problems" role="status">
        {lines.length > 0 ? (
          <FileProblems
            lines={lines.map((line) => (line.line === null ? { ...line, where: nameOf(line.where) } : line))}
            onJump={jump}
          />
        ) : null}
      </div>
    </section>
  );
}

/** The height of a line, as the style sheet has it. */
const LINE_PX = 20;
