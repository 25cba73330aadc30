import {
  createContext,
  type FormHTMLAttributes,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
} from "react";
import { ApiError, fieldError } from "~/api/errors.ts";
import { Button } from "~/ui/button.tsx";
import { FieldErrors } from "~/ui/field.tsx";
import { ErrorBlock } from "./error-block.tsx";

/** What a form knows of the request that it sends, as `useMutation` tells it. */
type Request = { error: unknown; isPending: boolean };

const FormContext = createContext<{ busy: boolean; error: unknown }>({ busy: false, error: null });

/**
 * A form that is sent by one request. A field with a `name` shows what the server says about it, the focus goes
 * to the first that is wrong, and a second Enter while the answer is awaited sends nothing twice.
 */
export function Form({
  request,
  onSend,
  children,
  className = "stack",
  ...rest
}: Omit<FormHTMLAttributes<HTMLFormElement>, "onSubmit"> & { request: Request; onSend: () => void }) {
  const { error, isPending } = request;
  const form = useRef<HTMLFormElement>(null);
  const [placed, setPlaced] = useState<readonly string[]>([]);
  const place = useCallback((name: string) => {
    setPlaced((now) => [...now, name]);
    return () => setPlaced((now) => now.toSpliced(now.indexOf(name), 1));
  }, []);
  const of = useCallback((name: string) => fieldError(error, name), [error]);
  useEffect(() => {
    if (!error) return;
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    wrong?.focus();
    // What cannot be read, or is good only once, is typed anew.
    if (wrong instanceof HTMLInputElement && /password|one-time-code/.test(wrong.autocomplete))
      wrong.select();
  }, [error]);
  return (
    <FormContext value={{ busy: isPending, error: isSaidBeside(error, placed) ? null : error }}>
      <FieldErrors value={{ of, place }}>
        <form
          {...rest}
          ref={form}
          className={className}
          onSubmit={(event) => {
            event.preventDefault();
            if (!isPending) onSend();
          }}
        >
          {children}
        </form>
      </FieldErrors>
    </FormContext>
  );
}

/** Whether each thing that is wrong stands beside its field, so that nothing is left to say above. */
export function isSaidBeside(error: unknown, placed: readonly string[]): boolean {
  return (
    error instanceof ApiError &&
    error.fields.length > 0 &&
    error.fields.every(({ field }) => placed.includes(field))
  );
}

/** Why the form was refused, where no field says it. */
export function FormError() {
  const { error } = useContext(FormContext);
  return error ? <ErrorBlock error={error} /> : null;
}

/** The button that sends the form. */
export function Submit({
  look = "primary",
  disabled,
  children,
}: {
  look?: "primary" | "danger" | "plain";
  disabled?: boolean;
  children: string;
}) {
  const { busy } = useContext(FormContext);
  return (
    <Button type="submit" look={look} busy={busy} disabled={disabled}>
      {children}
    </Button>
  );
}

/** The last row of a form in a dialog: the way out, and the way on. */
export function FormFoot({
  verb,
  look,
  disabled,
  onCancel,
}: {
  verb: string;
  look?: "primary" | "danger";
  disabled?: boolean;
  onCancel: () => void;
}) {
  return (
    <div className="dialog-foot dialog-foot-in">
      <Button onClick={onCancel}>Cancel</Button>
      <Submit look={look} disabled={disabled}>
        {verb}
      </Submit>
    </div>
  );
}
