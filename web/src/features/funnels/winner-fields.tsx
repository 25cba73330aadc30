import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import { type WinnerSetting, winnerOf } from "~/components/funnel/kinds.ts";

type Props = { node: FunnelNode; onChange: (settings: NodeConfig, about: string) => void };

/** What a split begins to look for a winner with. */
const FIRST: WinnerSetting = { sample: 100, confidence: 95 };
const HOURS = 24;
/** The answers that can count, in the order in which the server keeps its usual ones. */
const ANSWERS = [
  { value: "answer", label: "Other answers" },
  { value: "positive", label: "Interested" },
  { value: "negative", label: "Not interested" },
  { value: "question", label: "Questions" },
] as const;
const USUAL: readonly string[] = ANSWERS.map(({ value }) => value);

/** When one variant has won, so that everybody who comes later gets it. */
export function WinnerFields({ node, onChange }: Props) {
  const winner = winnerOf(node.config ?? {});
  const set = (next: WinnerSetting | undefined, about: string) =>
    onChange({ winner: next }, `${node.key}.winner.${about}`);
  const counted = winner?.answers ?? USUAL;
  const toggle = (value: string, on: boolean) => {
    if (!winner) return;
    const next = USUAL.filter((kind) => (kind === value ? on : counted.includes(kind)));
    const { answers: _, ...rest } = winner;
    set(next.length === USUAL.length ? rest : { ...rest, answers: next }, "answers");
  };
  return (
    <fieldset className="field split-field">
      <legend className="label">Winner</legend>
      <label className="check">
        <input
          type="checkbox"
          checked={winner !== null}
          onChange={({ target }) => set(target.checked ? FIRST : undefined, "on")}
        />
        Let the variant win that gets more answers
      </label>
      {winner ? (
        <>
          <Amount
            label="People of each variant at least"
            value={winner.sample}
            least={20}
            most={1_000_000}
            onChange={(sample) => set({ ...winner, sample }, "sample")}
          />
          <Amount
            label="How sure it must be, in %"
            value={winner.confidence}
            least={80}
            most={99}
            onChange={(confidence) => set({ ...winner, confidence }, "confidence")}
          />
          <Amount
            label="Hours to answer before they count"
            value={winner.answer_hours ?? HOURS}
            least={0}
            most={720}
            onChange={(hours) => {
              const { answer_hours: _, ...rest } = winner;
              set(hours === HOURS ? rest : { ...rest, answer_hours: hours }, "hours");
            }}
          />
          <fieldset className="winner-answers">
            <legend className="small soft">Answers that count</legend>
            {ANSWERS.map(({ value, label }) => (
              <label className="check" key={value}>
                <input
                  type="checkbox"
                  checked={counted.includes(value)}
                  disabled={counted.length === 1 && counted.includes(value)}
                  onChange={({ target }) => toggle(value, target.checked)}
                />
                {label}
              </label>
            ))}
          </fieldset>
          <p className="small soft">
            Everybody who comes after that gets the winner; whoever is in a variant stays in it. It is looked
            at when every variant has its people, then each time they have doubled, and each look asks for
            more, so that looking often finds no winner that is none.
          </p>
        </>
      ) : null}
    </fieldset>
  );
}

type AmountProps = {
  label: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
};

function Amount({ label, value, least, most, onChange }: AmountProps) {
  return (
    <label className="winner-line">
      <span>{label}</span>
      <input
        className="input"
        type="number"
        min={least}
        max={most}
        value={value}
        onChange={({ target }) => {
          const next = target.valueAsNumber;
          if (Number.isInteger(next) && next >= 0) onChange(next);
        }}
      />
    </label>
  );
}
