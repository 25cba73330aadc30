import { useEffect } from "react";
import { useStore } from "~/lib/store.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Button } from "~/ui/button.tsx";
import { splitting } from "./use-merging.ts";

/** While somebody chooses where a conversation is split. */
export function SplitBar({ id }: { id: string }) {
  const isOn = useStore(splitting) === id;
  const stop = () => splitting.set(null);
  useEffect(() => stop, []);
  useCommands(
    isOn
      ? [
          {
            id: "inbox.split-not",
            label: "Do not split",
            group: "Inbox",
            keys: "escape",
            hidden: true,
            run: stop,
          },
        ]
      : [],
  );
  if (!isOn) return null;
  return (
    <div className="stranger small" role="status">
      <span className="grow">
        Choose the message with which the new conversation begins: it and all after it move there.
      </span>
      <Button small onClick={stop}>
        Do not split
      </Button>
    </div>
  );
}
