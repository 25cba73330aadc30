import { ThemeSwitch } from "~/components/theme-switch.tsx";
import { useStore } from "~/lib/store.ts";
import { type Density, density, setDensity } from "~/lib/theme.ts";
import { Segmented } from "~/ui/field.tsx";

const DENSITIES: { value: Density; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "default", label: "Default" },
  { value: "roomy", label: "Roomy" },
];

export function AppearanceSection() {
  const current = useStore(density);
  return (
    <section className="panel">
      <div className="panel-body stack">
        <div className="switch-row row-wrap">
          <div className="grow">
            <h3>Theme</h3>
            <p className="small soft">On this device.</p>
          </div>
          <ThemeSwitch />
        </div>
        <div className="switch-row row-wrap">
          <div className="grow">
            <h3>Density</h3>
            <p className="small soft">
              The height of rows and controls. A touch screen always has the large ones.
            </p>
          </div>
          <Segmented label="Density" value={current} options={DENSITIES} onChange={setDensity} />
        </div>
      </div>
    </section>
  );
}
