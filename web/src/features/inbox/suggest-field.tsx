import {
  type KeyboardEvent,
  type TextareaHTMLAttributes,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { matching } from "~/components/matching.ts";
import { type Asked, answered, askedAt } from "./suggest.ts";

export type Choice = { id: string; name: string; note?: string };

/** A text field that offers choices behind `/` or `@`; arrows and Enter choose, Escape lets it be. */
export function SuggestField({
  mark,
  choices,
  onPick,
  value,
  onText,
  onKeyDown,
  ...rest
}: Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange" | "value" | "className"> & {
  mark: "/" | "@";
  choices: readonly Choice[];
  /** What to put in its place; what takes time is awaited. */
  onPick: (choice: Choice) => Promise<string> | string;
  value: string;
  onText: (text: string) => void;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [active, setActive] = useState(0);
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  }, [value]);
  const found = asked ? matching(choices, asked.words.trim()).slice(0, 8) : [];
  const open = asked !== null && found.length > 0;
  const current = Math.min(active, found.length - 1);
  const look = () => {
    const element = field.current;
    const next = element && !rest.readOnly ? askedAt(element.value, element.selectionEnd, mark) : null;
    if (next?.from !== asked?.from) setActive(0);
    setAsked(next);
  };
  const take = async (choice: Choice | undefined) => {
    const element = field.current;
    if (!choice || !asked || !element) return;
    const end = element.selectionEnd;
    setAsked(null);
    const put = await onPick(choice);
    const next = answered(element.value, end, asked, put);
    caret.current = next.caret;
    onText(next.text);
    element.focus();
  };
  const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (open && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const moves = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (moves) setActive((current + moves + found.length) % found.length);
      else if (event.key === "Enter" || event.key === "Tab") void take(found[current]);
      else if (event.key === "Escape") setAsked(null);
      else return onKeyDown?.(event);
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    onKeyDown?.(event);
  };
  return (
    <div className="suggest">
      {open ? (
        <div
          className="suggest-list"
          id={list}
          role="listbox"
          aria-label={mark === "/" ? "Canned replies" : "Members"}
        >
          {found.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text field
            <div
              key={choice.id}
              id={`${list}-${index}`}
              className="combo-item"
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => void take(choice)}
            >
              <span className="strong">{choice.name}</span>
              {choice.note ? <span className="small soft clip">{choice.note}</span> : null}
            </div>
          ))}
        </div>
      ) : null}
      <textarea
        {...rest}
        ref={field}
        className="input"
        value={value}
        aria-autocomplete="list"
        aria-controls={open ? list : undefined}
        aria-activedescendant={open ? `${list}-${current}` : undefined}
        onChange={(event) => {
          onText(event.target.value);
          look();
        }}
        onSelect={look}
        onBlur={() => setAsked(null)}
        onKeyDown={keys}
      />
    </div>
  );
}
