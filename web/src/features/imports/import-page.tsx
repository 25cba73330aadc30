import { useQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router";
import { importQuery } from "~/api/queries.ts";
import type { Import } from "~/api/types/imports.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { Steps } from "~/ui/steps.tsx";
import { ImportProgress } from "./import-progress.tsx";
import { ImportResult } from "./import-result.tsx";
import { ImportSetup } from "./import-setup.tsx";
import { ImportState } from "./import-state.tsx";
import { IMPORT_STEPS } from "./import-steps.ts";
import "./imports.css";

export function ImportPage() {
  const { id = "" } = useParams();
  const found = useQuery(importQuery(id));
  return (
    <Page
      title={found.data?.file_name ?? "Import"}
      back={{ to: paths.imports, label: "Back to the imports" }}
      badges={found.data && found.data.status !== "uploaded" ? <ImportState of={found.data} /> : null}
    >
      <Async of={found}>{(data) => <Wizard key={data.id} of={data} />}</Async>
    </Page>
  );
}

/** The step, of which only those of a file that is not imported yet can be chosen. */
function stepOf(data: Import, asked: string | null): number {
  if (data.status !== "uploaded") return 4;
  return asked === "check" ? 2 : asked === "rules" ? 3 : 1;
}

const SETUP = ["columns", "columns", "check", "rules"] as const;

function Wizard({ of: data }: { of: Import }) {
  const [params] = useSearchParams();
  const step = stepOf(data, params.get("step"));
  return (
    <div className="measure-narrow stack">
      <Steps steps={IMPORT_STEPS} current={data.status === "completed" ? IMPORT_STEPS.length : step} />
      {data.status === "uploaded" ? (
        <ImportSetup of={data} step={SETUP[step] ?? "columns"} />
      ) : data.status === "running" ? (
        <ImportProgress of={data} />
      ) : (
        <ImportResult of={data} />
      )}
    </div>
  );
}
