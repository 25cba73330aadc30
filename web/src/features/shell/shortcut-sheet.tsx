import { Link } from "react-router";
import { keyCaps } from "~/lib/hotkeys.ts";
import { useStore } from "~/lib/store.ts";
import { type Command, commands, keyMode } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";

type Row = { label: string; keys: string[] };

/** One line for each thing that can be done, with all of its keys. */
function byGroup(list: readonly Command[]): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const command of list) {
    if (!command.keys) continue;
    const rows = groups.get(command.group) ?? [];
    const row = rows.find((item) => item.label === command.label);
    if (row) row.keys.push(command.keys);
    else rows.push({ label: command.label, keys: [command.keys] });
    groups.set(command.group, rows);
  }
  return [...groups].reverse();
}

/** The keys that work on this page right now. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const list = useStore(commands);
  const mode = useStore(keyMode);
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} className="sheet">
      <p className="small soft">
        {mode === "on"
          ? "Single keys are on."
          : mode === "alt"
            ? "Single keys work with Alt held down."
            : "Single keys are off; combinations with Ctrl or ⌘ still work."}{" "}
        <Link className="link" to={paths.settings("shortcuts")} onClick={onClose}>
          Change
        </Link>
      </p>
      <div className="sheet-groups">
        {byGroup(list).map(([group, items]) => (
          <section key={group}>
            <h3>{group}</h3>
            {items.map((item) => (
              <div className="sheet-row" key={item.label}>
                <span>{item.label}</span>
                <span className="row">
                  {item.keys.map((keys, index) => (
                    <span className="kbds" key={keys}>
                      {index > 0 ? <span className="tiny muted">or</span> : null}
                      {keyCaps(keys).map((cap) => (
                        <kbd className="kbd" key={cap}>
                          {cap}
                        </kbd>
                      ))}
                    </span>
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
    </Dialog>
  );
}
