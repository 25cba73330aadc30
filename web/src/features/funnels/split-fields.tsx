import type { FunnelNode, NodeConfig } from "~/api/types/funnels.ts";
import { type Variant, variantsOf } from "~/components/funnel/kinds.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { SplitStanding } from "./split-standing.tsx";
import { WinnerFields } from "./winner-fields.tsx";

const MOST = 10;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

type Props = { node: FunnelNode; onChange: (settings: NodeConfig, about: string) => void };

/** The variants of a split with their shares. Who gets which is chance, and stays the same for a person. */
export function SplitFields({ node, onChange }: Props) {
  const variants = variantsOf(node.config ?? {});
  const all = variants.reduce((sum, { weight }) => sum + weight, 0);
  const set = (next: readonly Variant[], about: string) =>
    onChange({ variants: next }, `${node.key}.${about}`);
  const add = () => {
    const key = [...LETTERS].find((letter) => !variants.some((variant) => variant.key === letter));
    if (key) set([...variants, { key, weight: 1 }], "add");
  };
  return (
    <>
      <fieldset className="field split-field">
        <legend className="label">Variants</legend>
        {variants.map(({ key, weight }, at) => (
          <div className="split-line" key={key}>
            <span className="strong">{key.toUpperCase()}</span>
            <input
              className="input"
              type="number"
              min={0}
              max={1_000_000}
              aria-label={`Weight of ${key.toUpperCase()}`}
              value={weight}
              onChange={({ target }) => {
                const next = target.valueAsNumber;
                if (Number.isInteger(next) && next >= 0)
                  set(variants.with(at, { key, weight: next }), `weight.${key}`);
              }}
            />
            <span className="soft small">{all === 0 ? "" : `${Math.round((100 * weight) / all)} %`}</span>
            <IconButton
              icon="cross"
              label={`Remove variant ${key.toUpperCase()}`}
              disabled={variants.length <= 2}
              onClick={() => set(variants.toSpliced(at, 1), `remove.${key}`)}
            />
          </div>
        ))}
        <div>
          <Button small look="quiet" icon="plus" disabled={variants.length >= MOST} onClick={add}>
            Another variant
          </Button>
        </div>
        <p className="small soft">
          Chance decides, and always the same way for one person. Below, a way asks for its variant; who has
          none goes the way of everybody else.
        </p>
      </fieldset>
      <WinnerFields node={node} onChange={onChange} />
      <SplitStanding node={node} />
    </>
  );
}
