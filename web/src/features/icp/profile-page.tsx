import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { patch, post } from "~/api/client.ts";
import { ApiError } from "~/api/errors.ts";
import { icpFoundQuery, profileQuery } from "~/api/icp-queries.ts";
import type { IcpProfile } from "~/api/types/icp.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { useDebounced } from "~/lib/use-debounced.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { CriterionRow } from "./criterion-row.tsx";
import { criteriaOf, gapsIn, mistakesOf, type Row, row, rowsOf, weightOf } from "./draft.ts";
import { FoundPanel } from "./found-panel.tsx";
import "./icp.css";

const BACK = { to: paths.settings("icp"), label: "Back to the ICP profiles" };
const MAX = 30;

/** What the ideal customer is like: a new profile, or one that is there. */
export function ProfilePage() {
  const { id = "new" } = useParams();
  return id === "new" ? <Editor profile={null} /> : <Known key={id} id={id} />;
}

function Known({ id }: { id: string }) {
  const profile = useQuery(profileQuery(id));
  if (profile.data) return <Editor profile={profile.data} />;
  return (
    <Page title="ICP profile" back={BACK}>
      <Async of={profile}>{() => null}</Async>
    </Page>
  );
}

/** What a new profile begins with: the questions that most people ask first. */
const FIRST = (): Row[] => [
  row({ field: "title", op: "contains", weight: "40" }),
  row({ field: "company.industry", op: "is", weight: "30" }),
  row({ field: "company.employee_count", op: "more_than", weight: "20" }),
];

function Editor({ profile }: { profile: IcpProfile | null }) {
  const [name, setName] = useState(profile?.name ?? "");
  const [rows, setRows] = useState<Row[]>(() => (profile ? rowsOf(profile.criteria) : FIRST()));
  const [pressed, setPressed] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const next = useRef<number | null>(null);
  const client = useQueryClient();
  const navigate = useNavigate();
  const gaps = gapsIn(rows);
  // What is finished is tried out, whatever is still missing in the others.
  const ready = rows.filter(({ id }) => !gaps.has(id));
  const criteria = criteriaOf(ready);
  const speaks = criteria.some(({ weight }) => weight > 0);
  const asked = useDebounced(JSON.stringify(criteria), 300);
  const settled = asked === JSON.stringify(criteria);
  const found = useQuery(icpFoundQuery(settled && speaks ? criteria : null));
  const save = useMutation({
    mutationFn: () => {
      const input = { name, criteria: criteriaOf(rows) };
      return profile
        ? patch<IcpProfile>(`/api/icp-profiles/${profile.id}`, input)
        : post<IcpProfile>("/api/icp-profiles", input);
    },
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ["icp"] });
      toast(`${saved.name} is saved. Everybody is scored in a moment.`);
      void navigate(paths.settings("icp"));
    },
  });
  const refused = [found.error, save.error].flatMap((error) =>
    error instanceof ApiError ? error.fields : [],
  );
  const of = found.error && !save.error ? ready : rows;
  const mistakes = new Map([...mistakesOf(refused, of), ...(pressed ? gaps : [])]);
  const nameWrong = refused.find(({ field }) => field === "name")?.message;
  // What was added, or what is nearest to what was removed, is where the hands are.
  useEffect(() => {
    if (next.current === null) return;
    box.current?.querySelector<HTMLElement>(`[data-row="${next.current}"] select`)?.focus();
    next.current = null;
  }, [rows]);
  const change = (to: Row[]) => {
    setRows(to);
    setPressed(false);
    save.reset();
  };
  const possible = criteriaOf(rows).reduce((sum, { weight }) => sum + Math.max(weight || 0, 0), 0);
  const place = new Map(ready.map(({ id }, at) => [id, at]));
  const metOf = (one: Row) => {
    const of = found.data?.met[place.get(one.id) ?? -1];
    if (!found.data || !settled || of === undefined || found.isPlaceholderData) return null;
    return { of, all: found.data.looked_at };
  };
  return (
    <Page title={profile?.name ?? "New ICP profile"} back={BACK}>
      <form
        className="icp-layout"
        onSubmit={(event) => {
          event.preventDefault();
          setPressed(true);
          if (gaps.size === 0 && !save.isPending) save.mutate();
        }}
      >
        <div className="stack">
          {save.error && mistakes.size === 0 && !nameWrong ? <ErrorBlock error={save.error} /> : null}
          <section className="panel panel-body stack" aria-label="Profile">
            <div className="icp-name">
              <TextField
                label="Name"
                value={name}
                error={nameWrong}
                maxLength={100}
                placeholder="Mid-size software companies"
                onChange={(event) => {
                  setName(event.target.value);
                  save.reset();
                }}
              />
            </div>
            <p className="small soft">
              Each criterion that somebody meets brings its points; one with a weight below zero speaks
              against them. The score is the points reached of the {possible} possible, from 0 to 100.
            </p>
            <div className="icp-rows" ref={box}>
              {rows.map((one, at) => (
                <CriterionRow
                  key={one.id}
                  row={one}
                  label={`criterion ${at + 1}`}
                  mistake={mistakes.get(one.id)}
                  met={metOf(one)}
                  onChange={(to) => change(rows.map((other) => (other.id === one.id ? to : other)))}
                  onRemove={
                    rows.length > 1
                      ? () => {
                          next.current = (rows[at + 1] ?? rows[at - 1])?.id ?? null;
                          change(rows.filter(({ id }) => id !== one.id));
                        }
                      : null
                  }
                />
              ))}
            </div>
            {rows.length < MAX ? (
              <div>
                <Button
                  small
                  icon="plus"
                  onClick={() => {
                    const fresh = row({ weight: String(weightOf(rows.at(-1)?.weight ?? "") || 20) });
                    next.current = fresh.id;
                    change([...rows, fresh]);
                  }}
                >
                  Add a criterion
                </Button>
              </div>
            ) : null}
          </section>
          <div className="row">
            <Button look="primary" type="submit" busy={save.isPending} disabled={name.trim() === ""}>
              {profile ? "Save the profile" : "Make the profile"}
            </Button>
            {name.trim() === "" ? <span className="small muted">Give it a name first.</span> : null}
          </div>
        </div>
        <FoundPanel
          found={found.data}
          stale={!settled || found.isPlaceholderData}
          unfinished={!speaks}
          error={mistakes.size === 0 && !save.error ? found.error : null}
        />
      </form>
    </Page>
  );
}
