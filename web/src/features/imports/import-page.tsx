import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { importQuery } from "~/api/queries.ts";
import type { Import } from "~/api/types/imports.ts";
import { Async } from "~/components/async.tsx";
import { Page } from "~/components/page.tsx";
import { ImportBadge } from "~/components/state-badge.tsx";
import { bytes } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { Steps } from "~/ui/steps.tsx";
import { ImportProgress } from "./import-progress.tsx";
import { ImportResult } from "./import-result.tsx";
import { IMPORT_STEPS } from "./import-steps.ts";
import { MapStep } from "./map-step.tsx";
import { delimiterName, firstMapping, type Mapping } from "./mapping.ts";
import { RulesStep } from "./rules-step.tsx";
import "./imports.css";

export function ImportPage() {
  const { id = "" } = useParams();
  const found = useQuery(importQuery(id));
  return (
    <Page
      title={found.data?.file_name ?? "Import"}
      back={{ to: paths.imports, label: "Back to the imports" }}
      badges={
        found.data && found.data.status !== "uploaded" ? <ImportBadge status={found.data.status} /> : null
      }
    >
      <Async of={found}>{(data) => <Wizard key={data.id} of={data} />}</Async>
    </Page>
  );
}

function stepOf(data: Import, asked: string | null): number {
  if (data.status === "running") return 3;
  if (data.status !== "uploaded") return 4;
  return asked === "rules" ? 2 : 1;
}

function Wizard({ of: data }: { of: Import }) {
  const [params, setParams] = useSearchParams();
  const [mapping, setMapping] = useState<Mapping>(() => firstMapping(data.columns ?? []));
  const step = stepOf(data, params.get("step"));
  return (
    <div className="measure-narrow stack">
      <Steps steps={IMPORT_STEPS} current={step} />
      {step <= 2 ? (
        <p className="small soft">
          {bytes(data.bytes)}, {data.encoding}, separated by {delimiterName(data.delimiter)},{" "}
          {data.columns.length} columns.
        </p>
      ) : null}
      {data.problem && step <= 2 ? (
        <>
          <Callout tone="bad" alert>
            {data.problem.message}
          </Callout>
          <Link className={buttonClass()} to={paths.imports}>
            Choose another file
          </Link>
        </>
      ) : null}
      {!data.problem && step === 1 ? (
        <MapStep
          of={data}
          mapping={mapping}
          onChange={setMapping}
          onNext={() => setParams({ step: "rules" })}
        />
      ) : null}
      {!data.problem && step === 2 ? (
        <RulesStep of={data} mapping={mapping} onBack={() => setParams({})} />
      ) : null}
      {step === 3 ? <ImportProgress of={data} /> : null}
      {step === 4 ? <ImportResult of={data} /> : null}
    </div>
  );
}
