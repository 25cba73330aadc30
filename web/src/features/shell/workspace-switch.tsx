import { useId } from "react";
import { useMe } from "~/components/me.ts";
import { useSwitch } from "~/components/session.ts";
import { words } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";

/** The workspaces of this person, where there is more than one. */
export function WorkspaceSwitch({ onSwitch }: { onSwitch: () => void }) {
  const me = useMe();
  const change = useSwitch();
  const headingId = useId();
  if (me.workspaces.length < 2) return null;
  return (
    <section className="places" aria-labelledby={headingId}>
      <h3 id={headingId}>Workspaces</h3>
      <ul className="places-list">
        {me.workspaces.map((place) => (
          <li key={place.id}>
            <button
              type="button"
              className="nav-item"
              aria-current={place.current ? "true" : undefined}
              disabled={change.busy}
              onClick={() => {
                if (!place.current) change.run(place.id);
                onSwitch();
              }}
            >
              <Icon name={place.current ? "check" : "globe"} />
              <span className="nav-label">{place.name}</span>
              <span className="nav-count">{words(place.role)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
