import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { splitsQuery } from "~/api/split-queries.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import type { SplitContest, VariantLine } from "~/api/types/splits.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useMembers } from "~/components/owner.tsx";
import { When } from "~/components/time-ago.tsx";
import { count } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { contestText, share, sure } from "./split-words.ts";
import "./split-results.css";

type Asked = { kind: "choose"; variant: string } | { kind: "reopen"; automatic: boolean };

/** How the variants of a campaign's splits do, which have won, and the way to decide by hand. */
export function SplitResults({ campaign }: { campaign: Campaign }) {
  const splits = useQuery(splitsQuery(campaign.id)).data ?? [];
  return splits.map((contest) => <Contest key={contest.node} campaign={campaign} contest={contest} />);
}

function Contest({ campaign, contest }: { campaign: Campaign; contest: SplitContest }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const { decision, node, rule } = contest;
  const isOver = campaign.status === "completed" || campaign.status === "archived";
  const title = `split-${node}`;
  return (
    <section className="panel" aria-labelledby={title}>
      <div className="panel-head">
        <h2 id={title}>{contest.name || "Split"}</h2>
        {decision ? <Badge tone="good">{decision.winner.toUpperCase()} has won</Badge> : null}
      </div>
      <div className="panel-body stack">
        {decision ? <DecisionLine contest={contest} /> : <p className="soft">{contestText(contest)}</p>}
        <div className="table-scroll">
          <table className="variants">
            <thead>
              <tr>
                <th scope="col">Variant</th>
                <th scope="col" className="num">
                  People
                </th>
                <th scope="col" className="num">
                  Counted
                </th>
                <th scope="col" className="num">
                  Replied
                </th>
                <th scope="col">Reply rate, and where it truly lies (95 %)</th>
                <th scope="col">
                  <span className="sr-only">Decide</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {contest.variants.map((line) => (
                <VariantRow
                  key={line.key}
                  line={line}
                  has={decision?.winner === line.key}
                  onChoose={
                    isOver || decision?.winner === line.key
                      ? undefined
                      : () => setAsked({ kind: "choose", variant: line.key })
                  }
                />
              ))}
            </tbody>
          </table>
        </div>
        {isOver || !(decision || (contest.is_held && rule)) ? null : (
          <div className="row row-wrap">
            {decision ? (
              <Button small icon="undo" onClick={() => setAsked({ kind: "reopen", automatic: false })}>
                Take it back
              </Button>
            ) : null}
            {contest.is_held && rule ? (
              <Button small onClick={() => setAsked({ kind: "reopen", automatic: true })}>
                Let the numbers decide again
              </Button>
            ) : null}
          </div>
        )}
      </div>
      {asked ? (
        <Decide campaign={campaign} contest={contest} asked={asked} onClose={() => setAsked(null)} />
      ) : null}
    </section>
  );
}

function DecisionLine({ contest }: { contest: SplitContest }) {
  const { decision } = contest;
  const by = useMembers().find(({ id }) => id === decision?.by)?.name;
  if (!decision) return null;
  const certainty = decision.numbers?.certainty;
  return (
    <p className="soft">
      {decision.by ? `${by ?? "Somebody"} decided` : "The numbers decided"}
      {decision.at ? (
        <>
          {" "}
          <When at={decision.at} />
        </>
      ) : null}
      {!decision.by && typeof certainty === "number" ? `, ${sure(certainty)} sure` : ""}. Whoever comes to the
      split now goes the way of {decision.winner.toUpperCase()}; whoever was in a variant stays in it.
    </p>
  );
}

function VariantRow({
  line,
  has,
  onChoose,
}: {
  line: VariantLine;
  has: boolean;
  onChoose: (() => void) | undefined;
}) {
  const name = line.key.toUpperCase();
  return (
    <tr className={has ? "variant-won" : undefined}>
      <th scope="row">{name}</th>
      <td className="num">
        {count(line.people)}
        {line.as_winner > 0 ? <span className="small soft"> + {count(line.as_winner)}</span> : null}
      </td>
      <td className="num">{count(line.written)}</td>
      <td className="num">{count(line.answered)}</td>
      <td>
        {line.written === 0 ? (
          <span className="soft">Nobody is counted yet</span>
        ) : (
          <span className="variant-rate">
            <span className="num strong">{share(line.rate)}</span>
            <Interval line={line} />
            <span className="num small soft">
              {share(line.low)} to {share(line.high)}
            </span>
          </span>
        )}
      </td>
      <td>
        {onChoose ? (
          <Button small look="quiet" onClick={onChoose} aria-label={`Let ${name} win`}>
            Let it win
          </Button>
        ) : null}
      </td>
    </tr>
  );
}

/** The interval drawn on a scale that ends a little above what replies reach. */
function Interval({ line }: { line: VariantLine }) {
  const at = (value: number) => `${100 * Math.min(1, value)}%`;
  return (
    <span className="interval" aria-hidden>
      <i
        className="interval-span"
        style={{ insetInlineStart: at(line.low), width: at(line.high - line.low) }}
      />
      <i className="interval-rate" style={{ insetInlineStart: at(line.rate) }} />
    </span>
  );
}

type DecideProps = { campaign: Campaign; contest: SplitContest; asked: Asked; onClose: () => void };

function Decide({ campaign, contest, asked, onClose }: DecideProps) {
  const client = useQueryClient();
  const { node } = contest;
  const path = `/api/campaigns/${campaign.id}/splits`;
  const send = useMutation({
    mutationFn: () =>
      asked.kind === "choose"
        ? post(`${path}/choose`, { node, variant: asked.variant })
        : post(`${path}/reopen`, { node, automatic: asked.automatic }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["campaign", campaign.id] });
      toast(
        asked.kind === "choose"
          ? `Everybody who comes now gets ${asked.variant.toUpperCase()}.`
          : "Chance parts people again.",
      );
      onClose();
    },
    onError: (error) => toast(messageOf(error)),
  });
  const isChoice = asked.kind === "choose";
  return (
    <ConfirmDialog
      title={
        isChoice
          ? `Let ${asked.variant.toUpperCase()} win?`
          : asked.automatic
            ? "Let the numbers decide again?"
            : "Take the decision back?"
      }
      verb={isChoice ? "Let it win" : asked.automatic ? "Let them decide" : "Take it back"}
      look="primary"
      request={send}
      onConfirm={() => send.mutate()}
      onClose={onClose}
    >
      {isChoice ? (
        <>
          <p>{contestText(contest)}</p>
          <p className="soft">
            Everybody who comes to the split from now on gets this variant. Whoever has another one keeps it.
          </p>
        </>
      ) : asked.automatic ? (
        <p className="soft">
          The engine decides by itself once the numbers are good enough, with all that was seen so far.
        </p>
      ) : (
        <p className="soft">
          Chance parts those who come from now on, and the numbers do not decide by themselves until you let
          them. Whoever got the winner meanwhile stays in it.
        </p>
      )}
    </ConfirmDialog>
  );
}
