import {
  createContext,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  useContext,
  useId,
  useLayoutEffect,
} from "react";
import { Icon } from "./icon.tsx";
import { Keys } from "./keys.tsx";

/** What the form around a field knows is wrong, by the names of its fields; a field takes its place there. */
export const FieldErrors = createContext<{
  of: (name: string) => string | undefined;
  place: (name: string) => () => void;
}>({ of: () => undefined, place: () => () => {} });

/** What is wrong with the field of this name; from now on it is said here and not above the form. */
export function useFieldError(name: string | undefined): string | undefined {
  const { of, place } = useContext(FieldErrors);
  useLayoutEffect(() => (name === undefined ? undefined : place(name)), [name, place]);
  return name === undefined ? undefined : of(name);
}

/** One line in red. */
export function FieldError({ id, alert, children }: { id?: string; alert?: boolean; children: string }) {
  return (
    <span className="field-error" id={id} role={alert ? "alert" : undefined}>
      <Icon name="warning" />
      {children}
    </span>
  );
}

export type Common = {
  label: string;
  hint?: ReactNode;
  /** What is wrong, where no form around it knows. */
  error?: string;
  hideLabel?: boolean;
};

/** What ties a control to its label, its hint and its error. */
export type Control = { id: string; "aria-describedby"?: string; "aria-invalid"?: true };

/** The one row of every form: a label, its control, the hint and what is wrong. */
export function Frame({
  label,
  hint,
  error,
  hideLabel,
  name,
  group,
  children,
}: Common & {
  name?: string;
  /** Several controls under one label; the control is what holds them. */
  group?: boolean;
  children: (control: Control) => ReactNode;
}) {
  const id = useId();
  const known = useFieldError(name);
  const wrong = error ?? known;
  const hintId = hint ? `${id}-hint` : "";
  const errorId = wrong ? `${id}-error` : "";
  const look = hideLabel ? "sr-only" : "label";
  return (
    <div className="field">
      {group ? (
        // The group says its name itself.
        <span className={look} aria-hidden="true">
          {label}
        </span>
      ) : (
        <label htmlFor={id} className={look}>
          {label}
        </label>
      )}
      {children({
        id,
        "aria-describedby": `${hintId} ${errorId}`.trim() || undefined,
        "aria-invalid": wrong ? true : undefined,
      })}
      {hint ? (
        <span className="field-hint" id={hintId}>
          {hint}
        </span>
      ) : null}
      {wrong ? <FieldError id={errorId}>{wrong}</FieldError> : null}
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
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel} name={rest.name}>
      {(control) => <input {...rest} {...control} className="input" />}
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  hideLabel,
  ...rest
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame label={label} hint={hint} error={error} hideLabel={hideLabel} name={rest.name}>
      {(control) => <select {...rest} {...control} className="input" />}
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
  describedBy,
  onChange,
}: {
  label: string;
  describedBy?: string;
  value: T;
  options: readonly { value: T; label: ReactNode; title?: string }[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="segmented" aria-label={label} aria-describedby={describedBy}>
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
