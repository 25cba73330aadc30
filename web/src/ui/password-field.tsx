import { type InputHTMLAttributes, useState } from "react";
import { type Common, Frame } from "./field.tsx";

/** A password that can be looked at before it is sent, pasted and filled in by a password manager. */
export function PasswordField({
  label,
  hint,
  error,
  ...rest
}: Omit<Common, "hideLabel"> & Omit<InputHTMLAttributes<HTMLInputElement>, "type">) {
  const [shown, setShown] = useState(false);
  return (
    <Frame label={label} hint={hint} error={error}>
      {({ id, describedBy }) => (
        <div className="peek">
          <input
            {...rest}
            id={id}
            type={shown ? "text" : "password"}
            className="input"
            spellCheck={false}
            autoCapitalize="off"
            aria-describedby={describedBy}
            aria-invalid={error ? true : undefined}
          />
          <button type="button" aria-controls={id} onClick={() => setShown(!shown)}>
            {shown ? "Hide" : "Show"}
          </button>
        </div>
      )}
    </Frame>
  );
}
