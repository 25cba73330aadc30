import { useId, useLayoutEffect, useRef, useState } from "react";
import { usePop } from "~/lib/use-pop.ts";
import { Frame } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { bareTags, MERGE_TAGS, type MergeTag, tagText } from "./merge-tags.ts";

/** A text into which merge tags can be put where the caret stands. */
export function TagField({
  label,
  hint,
  value,
  lines,
  placeholder,
  quiet = false,
  onChange,
}: {
  label: string;
  hint?: string;
  value: string;
  lines: boolean;
  placeholder?: string;
  /** A tag without a value holds nobody here. */
  quiet?: boolean;
  onChange: (value: string) => void;
}) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const caret = useRef<number | null>(null);
  // The caret stands behind what was put in, once the new text is there.
  useLayoutEffect(() => {
    if (caret.current === null) return;
    field.current?.focus();
    field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });
  const insert = (text: string) => {
    const start = field.current?.selectionStart ?? value.length;
    const end = field.current?.selectionEnd ?? start;
    caret.current = start + text.length;
    onChange(value.slice(0, start) + text + value.slice(end));
  };
  const bare = bareTags(value);
  return (
    <div className="tag-field">
      <Frame label={label} hint={hint}>
        {(control) =>
          lines ? (
            <textarea
              {...control}
              ref={field}
              className="input"
              rows={8}
              placeholder={placeholder}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          ) : (
            <input
              {...control}
              ref={field}
              className="input"
              autoComplete="off"
              placeholder={placeholder}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          )
        }
      </Frame>
      <TagPicker into={label} onPick={insert} />
      {bare.length > 0 && !quiet ? (
        <p className="tag-note">
          <Icon name="info" />
          {bare.map((name) => MERGE_TAGS.find((tag) => tag.field === name)?.label ?? name).join(", ")}: say
          what stands there for people without it. Where nothing does, their message is held.
        </p>
      ) : null}
    </div>
  );
}

function TagPicker({ into, onPick }: { into: string; onPick: (text: string) => void }) {
  const { open, setOpen, box, onKeyDown } = usePop();
  const [fallback, setFallback] = useState("");
  const id = useId();
  const pick = (tag: MergeTag) => {
    setOpen(false);
    onPick(tagText(tag.field, tag.fallback ? fallback : ""));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape inside closes it
    <div className="tag-picker" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="btn btn-quiet btn-small"
        aria-expanded={open}
        aria-label={`Insert a merge tag into ${into}`}
        onClick={() => setOpen(!open)}
      >
        <Icon name="tag" />
        Merge tag
      </button>
      {open ? (
        <div className="tag-pop">
          <label className="field" htmlFor={id}>
            <span className="label">Where somebody has none, write</span>
            <input
              id={id}
              className="input"
              placeholder="there"
              autoComplete="off"
              value={fallback}
              onChange={(event) => setFallback(event.target.value)}
            />
          </label>
          {["Contact", "Sender", "Campaign"].map((group) => (
            <section key={group}>
              <p className="kind-group">{group}</p>
              <ul className="tag-list">
                {MERGE_TAGS.filter((tag) => tag.group === group).map((tag) => (
                  <li key={tag.field}>
                    <button type="button" onClick={() => pick(tag)}>
                      {tag.label}
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      ) : null}
    </div>
  );
}
