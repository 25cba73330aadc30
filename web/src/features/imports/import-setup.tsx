import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { fittingQuery, importQuery } from "~/api/queries.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { FittingMapping, Import } from "~/api/types/imports.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { remember } from "~/lib/storage.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { fileWords } from "./file-words.ts";
import { MapStep } from "./map-step.tsx";
import { isAboutColumns, startOf } from "./rules.ts";
import { RulesStep } from "./rules-step.tsx";
import { type Decision, decisionOf, firstDecision, GUESSES } from "./saved-mappings.ts";
import { StartFrom } from "./start-from.tsx";

/** A file that is not imported yet: what was read of it, and what is to become of it. */
export function ImportSetup({ of: data, step }: { of: Import; step: "columns" | "rules" }) {
  const customs = useQuery(customFieldsQuery);
  const fitting = useQuery(fittingQuery(data.id));
  return (
    <>
      <div className="small soft">
        <p>{fileWords(data)}</p>
        {data.notes.map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      {data.problem ? (
        <>
          <Callout tone="bad" alert>
            {data.problem.message}
          </Callout>
          <Link className={buttonClass()} to={paths.imports}>
            Choose another file
          </Link>
        </>
      ) : (
        <Async of={customs}>
          {(fields) => (
            <Async of={fitting}>
              {(mappings) => <Decisions of={data} step={step} customs={fields} fitting={mappings} />}
            </Async>
          )}
        </Async>
      )}
    </>
  );
}

function Decisions({
  of: data,
  step,
  customs,
  fitting,
}: {
  of: Import;
  step: "columns" | "rules";
  customs: readonly CustomField[];
  fitting: readonly FittingMapping[];
}) {
  const { default_country: country } = useMe().workspace;
  const [, setParams] = useSearchParams();
  const [decision, setDecision] = useState<Decision>(() =>
    firstDecision(data.columns, customs, fitting, country),
  );
  const { mapping, rules } = decision;
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => post<Import>(`/api/imports/${data.id}/start`, startOf(mapping, rules)),
    onSuccess: (started) => {
      remember("overture.did.import", "yes");
      client.setQueryData(importQuery(data.id).queryKey, started);
      for (const key of [["imports"], ["import", data.id], ["tags"]])
        void client.invalidateQueries({ queryKey: key });
    },
    onError: (error) => {
      if (isAboutColumns(error)) setParams({});
    },
  });
  return step === "columns" ? (
    <MapStep
      above={
        <StartFrom
          of={data}
          fitting={fitting}
          decision={decision}
          onPick={(source) => {
            start.reset();
            // What was saved a moment ago is what is chosen already.
            const known = fitting.some(({ id }) => id === source) || source === GUESSES;
            setDecision(
              known ? decisionOf(source, data.columns, customs, fitting, country) : { ...decision, source },
            );
          }}
        />
      }
      of={data}
      customs={customs}
      mapping={mapping}
      error={start.error}
      onChange={(next) => {
        start.reset();
        setDecision({ ...decision, mapping: next });
      }}
      onNext={() => {
        start.reset();
        setParams({ step: "rules" });
      }}
    />
  ) : (
    <RulesStep
      mapping={mapping}
      rules={rules}
      request={start}
      onChange={(change) => {
        start.reset();
        setDecision({ ...decision, rules: { ...rules, ...change } });
      }}
      onBack={() => {
        start.reset();
        setParams({});
      }}
      onStart={() => start.mutate()}
    />
  );
}
