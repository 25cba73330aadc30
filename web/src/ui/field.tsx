import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from "react";
import { Icon } from "./icon.tsx";
import { Keys } from "./keys.tsx";

export type Common = { label: string; hint?: ReactNode; error?: string; hideLabel?: boolean };

/** A labelled control with its hint and its error tied to it. */
export function Frame({
  label,
  hint,
  error,
  hideLabel,
  children,
}: Common & { children: (ids: { id: string; describedBy: string | undefined }) => ReactNode }) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : "";
  const errorId = error ? `${id}-error` : "";
  const describedBy = `${hintId} ${errorId}`.trim() || undefined;
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel ? "sr-only" : undefined}>
        {label}
      </label>
      {children({ id, describedBy })}
      {hint ? (
        <span className="field-hint" id={hintId}>
          {hint}
        </span>
      ) : null}
      {error ? (
        <span className="field-error" id={errorId}>
          <Icon name="warning" />
          {error}
        </span>
      ) : null}
    </div>
  );
}

export function TextField({
  label,
  hint,
  error,
  hideLabel,
  ...rest
}: Common & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {({ id, describedBy }) => (
        <input
          {...rest}
          id={id}
          className="input"
          aria-describedby={describedBy}
          aria-invalid={error ? true : undefined}
        />
      )}
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  hideLabel,
  children,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel}>
      {({ id, describedBy }) => (
        <select
          {...rest}
          id={id}
          className="input"
          aria-describedby={describedBy}
          aria-invalid={error ? true : undefined}
        >
          {children}
        </select>
      )}
    </Frame>
  );
}

export function SearchField({
  label,
  value,
  onChange,
  keys,
  id,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  keys?: string;
  id?: string;
}) {
  return (
    <div className="search">
      <Icon name="search" />
      <input
        id={id}
        className="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (value === "") event.currentTarget.blur();
          else onChange("");
        }}
      />
      {keys && value === "" ? <Keys keys={keys} /> : null}
    </div>
  );
}

export type ChoiceOption<T extends string> = { value: T; title: string; text?: ReactNode; extra?: ReactNode };

/** One of a few, each with a sentence. */
export function Choices<T extends string>({
  legend,
  name,
  value,
  options,
  onChange,
}: {
  legend: string;
  name: string;
  value: T | null;
  options: readonly ChoiceOption<T>[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="choices">
      <legend className="label">{legend}</legend>
      {options.map((option) => (
        <label className="choice" key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
          />
          <span className="choice-body">
            <span className="strong">{option.title}</span>{" "}
            {option.text ? <span className="small soft choice-text">{option.text}</span> : null}
            {option.extra}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Two or three views of the same thing. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="segmented" aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={value === option.value}
          title={option.title}
          aria-label={option.title}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
