import { keyCaps } from "~/lib/hotkeys.ts";
import { useStore } from "~/lib/store.ts";
import { keyMode, keyWorks } from "~/lib/use-hotkeys.ts";

/** The key caps of a shortcut; nothing when its keys are switched off. */
export function Keys({ keys }: { keys: string }) {
  const mode = useStore(keyMode);
  if (!keyWorks(keys, mode)) return null;
  const caps = keyCaps(keys);
  return (
    <span className="kbds hide-coarse">
      {caps.map((cap) => (
        <kbd className="kbd" key={cap}>
          {cap}
        </kbd>
      ))}
    </span>
  );
}
