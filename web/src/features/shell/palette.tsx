import { useQuery } from "@tanstack/react-query";
import { Fragment, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { foundQuery } from "~/api/queries.ts";
import { useStore } from "~/lib/store.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { commands } from "~/lib/use-hotkeys.ts";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import type { IconName } from "~/ui/sprite.tsx";
import { foundEntries } from "./found.ts";
import { rank } from "./rank.ts";

type Entry = {
  id: string;
  label: string;
  note?: string;
  group: string;
  icon: IconName;
  keys?: string;
  run: () => void;
};

/** Everything that can be done or opened, by a few letters of its name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const navigate = useNavigate();
  const known = useStore(commands);
  const found = useQuery(foundQuery(useDebounced(text.trim(), 120)));
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const go = (to: string) => () => void navigate(to);
  const entries: Entry[] = known
    .filter((command) => command.hidden !== true)
    .map((command) => ({ ...command, icon: (command.icon ?? "bolt") as IconName }));
  const things = text.trim() === "" ? [] : foundEntries(found.data);
  const shown: Entry[] = [
    ...rank(entries, text).map((entry) => ({ ...entry, note: entry.note ?? entry.group, group: "" })),
    ...things.map(({ to, ...thing }) => ({ ...thing, run: go(to) })),
  ];
  const instead = things.length > 0 ? found.data?.corrected : undefined;
  const current = Math.max(0, Math.min(active, shown.length - 1));
  const choose = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too; the browser sends that as cancel
    <dialog
      ref={dialog}
      className="dialog palette"
      aria-label="Search and commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <input
        className="palette-input"
        role="combobox"
        aria-label="Search people, companies, targets, campaigns and commands"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={shown[current] ? `palette-${current}` : undefined}
        placeholder="Search people, companies, targets, campaigns and commands"
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setActive(Math.min(shown.length - 1, current + 1));
          else if (event.key === "ArrowUp") setActive(Math.max(0, current - 1));
          else if (event.key === "Enter") choose(shown[current]);
          else return;
          event.preventDefault();
          document.getElementById(`palette-${current}`)?.scrollIntoView({ block: "nearest" });
        }}
      />
      <div className="palette-list" id="palette-list" role="listbox" aria-label="Results">
        {instead ? (
          <div className="palette-group" role="presentation">
            Nothing is called that. Found instead: <strong>{instead}</strong>
          </div>
        ) : null}
        {shown.map((entry, index) => (
          <Fragment key={entry.id}>
            {entry.group !== "" && entry.group !== shown[index - 1]?.group ? (
              <div className="palette-group" role="presentation">
                {entry.group}
              </div>
            ) : null}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text field */}
            <div
              id={`palette-${index}`}
              className="palette-item"
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              onPointerMove={() => setActive(index)}
              onClick={() => choose(entry)}
            >
              <Icon name={entry.icon} />
              <span className="clip palette-label">{entry.label}</span>
              <span className="small muted clip">{entry.note}</span>
              {entry.keys ? <Keys keys={entry.keys} /> : null}
            </div>
          </Fragment>
        ))}
        {shown.length === 0 ? (
          <div
            className="palette-item"
            role="option"
            aria-selected="false"
            aria-disabled="true"
            tabIndex={-1}
          >
            Nothing is called that.
          </div>
        ) : null}
      </div>
    </dialog>
  );
}
