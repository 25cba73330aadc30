import { Link } from "react-router";
import { useMe } from "~/components/me.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import { ConnectionDot } from "./connection-line.tsx";
import { modeOf } from "./mode-chip.tsx";

/** On a phone the rail is gone; what it must always say stands in one line at the top. */
export function Strip() {
  const me = useMe();
  const mode = modeOf(me.workspace);
  return (
    <section className={`strip mode ${mode.look}`} aria-label="Sending mode">
      <Icon name={mode.icon} />
      <Link to={paths.settings("sending")}>
        {mode.title}: {mode.text.toLowerCase()}
      </Link>
      <ConnectionDot />
    </section>
  );
}
