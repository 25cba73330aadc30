import type { KeyMode } from "~/lib/hotkeys.ts";
import { useStore } from "~/lib/store.ts";
import { keyMode, setKeyMode } from "~/lib/use-hotkeys.ts";
import { Choices } from "~/ui/field.tsx";

const MODES: { value: KeyMode; title: string; text: string }[] = [
  { value: "on", title: "On", text: "J, K, E and the others work by themselves, outside of text fields." },
  { value: "alt", title: "Only with Alt", text: "The same keys, with Alt held down." },
  { value: "off", title: "Off", text: "Only combinations with Ctrl or ⌘, Escape, Enter and the arrows." },
];

/** Single-key shortcuts can be in the way of speech input and tremor; they can be switched off (WCAG 2.1.4). */
export function ShortcutsSection() {
  const mode = useStore(keyMode);
  return (
    <section className="panel">
      <div className="panel-body">
        <Choices
          legend="Single-key shortcuts"
          name="key-mode"
          value={mode}
          options={MODES}
          onChange={setKeyMode}
        />
      </div>
    </section>
  );
}
