import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { publishPlanQuery } from "~/api/campaign-version-queries.ts";
import { post } from "~/api/client.ts";
import type { AffectedPlace, PlaceChoice, Published, PublishPlan } from "~/api/types/campaign-versions.ts";
import type { Graph } from "~/api/types/funnels.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { ChangeList } from "~/components/funnel/change-list.tsx";
import { count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ProblemList } from "../dock.tsx";
import { choiceOf, optionsFor, published } from "./verdicts.ts";

/** What publishing does to those who are under way, and the question what is to become of them. */
export function PublishDialog({
  id,
  graph,
  onDiscard,
  onClose,
  onDone,
}: {
  id: string;
  graph: Graph;
  onDiscard: () => void;
  onClose: () => void;
  onDone: () => void;
}) {
  const plan = useQuery({ ...publishPlanQuery(id), refetchOnMount: "always" });
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const [note, setNote] = useState("");
  const fresh = plan.isFetchedAfterMount ? plan.data : undefined;
  const nameOf = (key: string) => graph.nodes.find((node) => node.key === key)?.name || key;
  const go = useMutation({
    mutationFn: ({ edit, places }: PublishPlan) => {
      const choices: PlaceChoice[] = places.map((place) => choiceOf(place, chosen[keyOf(place)]));
      return post<Published>(`/api/campaigns/${id}/publish`, { edit, note, choices });
    },
    onSuccess: (done) => {
      toast(published(done));
      onDone();
    },
  });
  const errors = fresh?.problems.filter(({ severity }) => severity === "error") ?? [];
  const nothing = fresh?.changes.length === 0;
  const blocked = !fresh || errors.length > 0;
  return (
    <Dialog
      title="Publish these steps"
      className="dialog-wide"
      onClose={onClose}
      footer={
        <>
          <Button look="quiet" onClick={onDiscard}>
            Discard draft
          </Button>
          <span className="push" />
          <Button onClick={onClose}>Go on editing</Button>
          <Button
            look="primary"
            busy={go.isPending}
            disabled={blocked}
            onClick={() => (fresh ? go.mutate(fresh) : undefined)}
          >
            Publish now
          </Button>
        </>
      }
    >
      <Async of={{ ...plan, data: fresh }} skeleton={<Skeleton lines={5} />}>
        {(data) => (
          <div className="stack">
            {go.error ? <ErrorBlock error={go.error} /> : null}
            {errors.length > 0 ? (
              <>
                <p className="strong">First correct {plural(errors.length, "thing")}:</p>
                <ProblemList problems={errors} onJump={onClose} />
              </>
            ) : null}
            {nothing ? (
              <p>Nothing that people notice has changed: only names, or places on the canvas.</p>
            ) : (
              <ChangeList changes={data.changes} />
            )}
            <Places
              places={data.places}
              untouched={data.untouched}
              graph={graph}
              nameOf={nameOf}
              chosen={chosen}
              onChoose={(key, value) => setChosen((now) => ({ ...now, [key]: value }))}
            />
            <TextField
              label="Note for the list of versions"
              maxLength={500}
              autoComplete="off"
              placeholder="Shorter first e-mail"
              value={note}
              onChange={({ target }) => setNote(target.value)}
            />
          </div>
        )}
      </Async>
    </Dialog>
  );
}

const keyOf = ({ version, node }: AffectedPlace): string => `${version}/${node}`;

function Places({
  places,
  untouched,
  graph,
  nameOf,
  chosen,
  onChoose,
}: {
  places: readonly AffectedPlace[];
  untouched: number;
  graph: Graph;
  nameOf: (key: string) => string;
  chosen: Readonly<Record<string, string>>;
  onChoose: (key: string, value: string) => void;
}) {
  if (places.length === 0 && untouched === 0)
    return <p className="soft">Nobody is under way, so nobody has to be asked about.</p>;
  return (
    <section aria-labelledby="publish-people">
      <h3 id="publish-people">People under way</h3>
      {untouched > 0 ? (
        <p className="soft">
          {plural(untouched, "person stands", "people stand")} on steps that are as they were and go on in the
          new version. Nobody is written a step again that they were written before.
        </p>
      ) : null}
      {places.length > 0 ? (
        <ul className="publish-places">
          {places.map((place) => {
            const key = keyOf(place);
            return (
              <li key={key}>
                <div className="grow">
                  <div className="strong">{place.name}</div>
                  <div className="small soft">{placeText(place)}</div>
                </div>
                <select
                  className="input"
                  aria-label={`What becomes of the people on ${place.name}, version ${place.version}`}
                  value={chosen[key] ?? place.proposed}
                  onChange={({ target }) => onChoose(key, target.value)}
                >
                  {optionsFor(place, graph, nameOf).map((option) => (
                    <option key={option.value} value={option.value}>
                      {option.label}
                    </option>
                  ))}
                </select>
              </li>
            );
          })}
        </ul>
      ) : null}
    </section>
  );
}

function placeText({ people, waiting, fate, version }: AffectedPlace): string {
  const what = { added: "new", changed: "changed", rerouted: "other ways leave it", removed: "taken out" }[
    fate
  ];
  const queued = waiting > 0 ? `, ${count(waiting)} with a message that waits` : "";
  return `${plural(people, "person", "people")}${queued} · ${what} · since version ${version}`;
}
