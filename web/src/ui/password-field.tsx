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
    <Frame label={label} hint={hint} error={error} name={rest.name}>
      {(control) => (
        <div className="peek">
          <input
            {...rest}
            {...control}
            type={shown ? "text" : "password"}
            className="input"
            spellCheck={false}
            autoCapitalize="off"
          />
          <button type="button" aria-controls={control.id} onClick={() => setShown(!shown)}>
            {shown ? "Hide" : "Show"}
          </button>
        </div>
      )}
    </Frame>
  );
}
