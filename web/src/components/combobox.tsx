import { useId, useState } from "react";
import { matching } from "./matching.ts";
import "./combobox.css";

export type Option = { id: string; name: string; note?: string };
const CREATE = "";

/** A field that finds one of many by its name; arrows and Enter choose. It can offer to make what is not there. */
export function Combobox({
  label,
  options,
  value = null,
  placeholder,
  control,
  inline,
  create,
  onPick,
  onCreate,
}: {
  /** Its name, where no label around it says one. */
  label?: string;
  options: readonly Option[];
  /** What is chosen and stands in the field. */
  value?: Option | null;
  placeholder?: string;
  /** What ties it to a label, a hint or an error around it. */
  control?: { id?: string; "aria-describedby"?: string; "aria-invalid"?: true };
  /** The list stands under the field at all times, as in a dialog. */
  inline?: boolean;
  /** The words for making something new: `Create tag`. */
  create?: string;
  onPick: (option: Option) => void;
  onCreate?: (name: string) => void;
}) {
  const made = useId();
  const id = control?.id ?? made;
  const [text, setText] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const words = (text ?? "").trim();
  const found = matching(options, words);
  const items: Option[] =
    onCreate && words !== "" && !options.some(({ name }) => name.toLowerCase() === words.toLowerCase())
      ? [...found, { id: CREATE, name: `${create} “${words}”` }]
      : found;
  const open = inline || text !== null;
  const current = Math.min(active, items.length - 1);
  const take = (item: Option | undefined) => {
    if (!item) return;
    setText(inline ? "" : null);
    setActive(0);
    if (item.id === CREATE) onCreate?.(words);
    else onPick(item);
  };
  const go = (to: number) => {
    setActive(to);
    document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <div className={inline ? "combo combo-inline" : "combo"}>
      <input
        {...control}
        id={id}
        className="input"
        role="combobox"
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-expanded={open && items.length > 0}
        aria-controls={open ? `${id}-list` : undefined}
        aria-activedescendant={open && items[current] ? `${id}-${current}` : undefined}
        placeholder={placeholder}
        value={text ?? value?.name ?? ""}
        onFocus={(event) => event.target.select()}
        onClick={() => setText(text ?? "")}
        onChange={(event) => {
          setText(event.target.value);
          setActive(0);
        }}
        onBlur={() => setText(inline ? text : null)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            if (open) go(Math.min(items.length - 1, current + 1));
            else setText("");
          } else if (event.key === "ArrowUp") go(Math.max(0, current - 1));
          else if (event.key === "Enter" && open && items[current]) take(items[current]);
          else if (event.key === "Escape" && !inline && open) setText(null);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {open ? (
        <div className="combo-list" id={`${id}-list`} role="listbox" aria-label={label}>
          {items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text field
            <div
              key={item.id}
              id={`${id}-${index}`}
              className="combo-item"
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(item)}
            >
              <span className="clip">{item.name}</span>
              {item.note ? <span className="small soft">{item.note}</span> : null}
            </div>
          ))}
          {items.length === 0 ? (
            <div
              className="small muted combo-none"
              role="option"
              tabIndex={-1}
              aria-selected="false"
              aria-disabled="true"
            >
              {options.length === 0 && words === "" ? "There is none yet." : "Nothing matches."}
            </div>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
