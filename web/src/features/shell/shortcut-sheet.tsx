import { Link } from "react-router";
import { keyCaps } from "~/lib/hotkeys.ts";
import { useStore } from "~/lib/store.ts";
import { type Command, commands, keyMode } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";

function byGroup(list: readonly Command[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>();
  for (const command of list) {
    if (!command.keys) continue;
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
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
              <div className="sheet-row" key={item.id}>
                <span>{item.label}</span>
                <span className="kbds">
                  {keyCaps(item.keys ?? "").map((cap) => (
                    <kbd className="kbd" key={cap}>
                      {cap}
                    </kbd>
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
