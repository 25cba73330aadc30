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
import { isOf } from "./check.ts";
import { CheckStep } from "./check-step.tsx";
import { fileWords } from "./file-words.ts";
import { MapStep } from "./map-step.tsx";
import { askedOf, isAboutColumns, startOf } from "./rules.ts";
import { RulesStep } from "./rules-step.tsx";
import { type Decision, decisionOf, firstDecision, GUESSES } from "./saved-mappings.ts";
import { SheetPicker } from "./sheet-picker.tsx";
import { StartFrom } from "./start-from.tsx";

type Step = "columns" | "check" | "rules";

/** A file that is not imported yet: what was read of it, and what is to become of it. */
export function ImportSetup({ of: data, step }: { of: Import; step: Step }) {
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
      {step === "columns" ? <SheetPicker of={data} /> : null}
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
  step: Step;
  customs: readonly CustomField[];
  fitting: readonly FittingMapping[];
}) {
  const { default_country: country } = useMe().workspace;
  const [, setParams] = useSearchParams();
  const [decision, setDecision] = useState<Decision>(() => firstDecision(data, customs, fitting, country));
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
  const check = useMutation({
    mutationFn: ({ mapping: columns, rules: asked }: Decision) =>
      post<Import>(`/api/imports/${data.id}/check`, askedOf(columns, asked)),
    onSuccess: (asked) => client.setQueryData(importQuery(data.id).queryKey, asked),
    onError: (error) => {
      if (isAboutColumns(error)) setParams({});
    },
  });
  /** Checks what is decided, unless that was done already. */
  const goAndCheck = (next: Decision) => {
    start.reset();
    setDecision(next);
    setParams({ step: "check" });
    const known = data.check && data.check.status !== "failed" && data.check.status !== "cancelled";
    if (known && data.check && isOf(data.check, next.mapping, next.rules)) check.reset();
    else check.mutate(next);
  };
  if (step === "check")
    return (
      <CheckStep
        of={data}
        decision={decision}
        request={check}
        onCheck={goAndCheck}
        onBack={() => setParams({})}
        onNext={() => setParams({ step: "rules" })}
      />
    );
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
      error={start.error ?? check.error}
      onChange={(next) => {
        start.reset();
        check.reset();
        setDecision({ ...decision, mapping: next });
      }}
      onNext={() => goAndCheck(decision)}
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
      isChecked={data.check !== null && isOf(data.check, mapping, rules)}
      onCheck={() => goAndCheck(decision)}
      onBack={() => goAndCheck(decision)}
      onStart={() => start.mutate()}
    />
  );
}
