import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { post } from "~/api/client.ts";
import { ApiError, fieldError, formError, messageOf } from "~/api/errors.ts";
import type { SecondStep } from "~/api/types/sign-in.ts";
import type { Me } from "~/api/types/workspace.ts";
import { canPasskeys } from "~/lib/passkey.ts";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { useSecondsLeft } from "./countdown.ts";
import { retryAfter, Throttled } from "./throttled.tsx";
import { usePasskey } from "./use-passkey.ts";

/** The first step does not stand for ever, nor for any number of codes. */
const OVER = "second_factor.over";

/** After the password: a code of the app, or one of the recovery codes. */
export function SecondStepForm({
  step,
  verb,
  onDone,
  onAgain,
}: {
  step: SecondStep;
  /** What the button does once the code is right. */
  verb: string;
  onDone: (me: Me) => void | Promise<void>;
  onAgain: () => void;
}) {
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState(false);
  const [until, setUntil] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const { token, kinds } = step.second_factor;
  const passkey = usePasskey(onDone, token);
  const take = useMutation({
    mutationFn: () => post<Me>("/api/auth/second-factor", { token, code: code.trim() }),
    onSuccess: onDone,
    onError: (error) => setUntil(Date.now() + retryAfter(error) * 1000),
  });
  const left = useSecondsLeft(until);
  // The form with the focus is gone; another kind of code is typed into another field.
  useEffect(() => {
    const name = recovery ? "recovery" : "app";
    form.current?.querySelector<HTMLInputElement>(`[data-kind=${name}]`)?.focus();
  }, [recovery]);
  useEffect(() => {
    if (take.error && retryAfter(take.error) === 0)
      form.current?.querySelector<HTMLInputElement>("[name=code]")?.select();
  }, [take.error]);
  const over = take.error instanceof ApiError && take.error.kind === OVER;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (over) onAgain();
    else if (left === 0) take.mutate();
  };
  const turn = () => {
    setRecovery(!recovery);
    setCode("");
    setUntil(0);
    take.reset();
  };
  const error = passkey.error ?? formError(take.error, ["code"]);
  return (
    <>
      <h1>One more step</h1>
      <p className="soft">
        {recovery
          ? "Type one of the recovery codes that you kept when you switched this on. Each works once."
          : "Open your authenticator app and type the six digits that it shows for Overture."}
      </p>
      <form ref={form} onSubmit={submit}>
        {error ? (
          <Callout tone="bad" alert>
            {retryAfter(error) === 0 ? messageOf(error) : <Throttled words={messageOf(error)} left={left} />}
          </Callout>
        ) : null}
        {over ? null : (
          <TextField
            key={recovery ? "recovery" : "app"}
            label={recovery ? "Recovery code" : "Code"}
            name="code"
            data-kind={recovery ? "recovery" : "app"}
            autoComplete={recovery ? "off" : "one-time-code"}
            inputMode={recovery ? "text" : "numeric"}
            autoCapitalize="off"
            spellCheck={false}
            required
            value={code}
            error={fieldError(take.error, "code")}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
        <Button type="submit" look="primary" busy={take.isPending} disabled={left > 0 && !over}>
          {over ? "Begin again" : verb}
        </Button>
      </form>
      {over ? null : (
        <div className="auth-ways">
          {kinds.includes("passkey") && canPasskeys() ? (
            <button
              type="button"
              className="link"
              disabled={passkey.isPending}
              onClick={() => passkey.mutate()}
            >
              Use a passkey
            </button>
          ) : null}
          <button type="button" className="link" onClick={turn}>
            {recovery ? "Use the authenticator app" : "Use a recovery code"}
          </button>
          <button type="button" className="link" onClick={onAgain}>
            Go back
          </button>
        </div>
      )}
      {recovery ? (
        <p className="small soft">No codes left? An admin of your workspace can reset the second step.</p>
      ) : null}
    </>
  );
}
