import type { Overlay } from "~/api/types/overlays.ts";
import { Segmented } from "~/ui/field.tsx";
import { OVERLAYS, overlayOf } from "./overlays.ts";

const NONE = "none";

type Props = {
  value: Overlay | null;
  asShare: boolean;
  onChange: (value: Overlay | null) => void;
  onShare: (asShare: boolean) => void;
};

/** What the steps count: the usual numbers, or the people of one overlay, as numbers or shares. */
export function OverlayBar({ value, asShare, onChange, onShare }: Props) {
  return (
    <div className="funnel-bar overlay-bar">
      <Segmented
        label="What the steps count"
        value={value ?? NONE}
        onChange={(next) => onChange(overlayOf(next))}
        options={[{ value: NONE, label: "Overview" }, ...OVERLAYS]}
      />
      {value ? (
        <>
          <label className="check">
            <input type="checkbox" checked={asShare} onChange={({ target }) => onShare(target.checked)} />
            As shares
          </label>
          <span className="small soft">{OVERLAYS.find((one) => one.value === value)?.about}</span>
        </>
      ) : null}
    </div>
  );
}
