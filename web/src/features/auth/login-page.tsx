import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { setupQuery } from "~/api/queries.ts";
import { needsSecondStep, type SecondStep } from "~/api/types/sign-in.ts";
import type { Me } from "~/api/types/workspace.ts";
import { googleWords } from "~/components/google-words.ts";
import { useTitle } from "~/components/page.tsx";
import { useEnter, useForget } from "~/components/session.ts";
import { canPasskeys } from "~/lib/passkey.ts";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { PasswordField } from "~/ui/password-field.tsx";
import { Callout } from "~/ui/states.tsx";
import { AuthFrame } from "./auth-frame.tsx";
import { useSecondsLeft } from "./countdown.ts";
import { stepOf, useFragment } from "./fragment.ts";
import { GoogleButton } from "./google-button.tsx";
import { Or } from "./or.tsx";
import { PasskeyButton } from "./passkey-button.tsx";
import { safeNext } from "./safe-next.ts";
import { SecondStepForm } from "./second-step-form.tsx";
import { retryAfter, Throttled } from "./throttled.tsx";

export function LoginPage() {
  useTitle("Sign in");
  useForget();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [until, setUntil] = useState(0);
  const [step, setStep] = useState<SecondStep | null>(null);
  // Google was the first step.
  const elsewhere = useFragment(stepOf);
  useEffect(() => {
    if (elsewhere) setStep({ second_factor: { kinds: ["totp", "recovery"], token: elsewhere } });
  }, [elsewhere]);
  const [params] = useSearchParams();
  const enter = useEnter();
  const setup = useQuery(setupQuery);
  const form = useRef<HTMLFormElement>(null);
  const login = useMutation({
    mutationFn: () => post<Me | SecondStep>("/api/auth/login", { email: email.trim(), password }),
    onSuccess: (answer) =>
      needsSecondStep(answer) ? setStep(answer) : enter(answer, safeNext(params.get("next"))),
    onError: (error) => setUntil(Date.now() + retryAfter(error) * 1000),
  });
  const left = useSecondsLeft(until);
  const passkeys = setup.data?.passkeys === true && canPasskeys();
  const problem = googleWords(params.get("google"));
  useEffect(() => {
    // Most often it is the password that was wrong; what was typed stays, and typing replaces it.
    if (login.error && retryAfter(login.error) === 0)
      form.current?.querySelector<HTMLInputElement>("[name=password]")?.select();
  }, [login.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (left === 0) login.mutate();
  };
  if (step) {
    const again = () => {
      setStep(null);
      setPassword("");
      login.reset();
    };
    return (
      <AuthFrame>
        <SecondStepForm
          step={step}
          verb="Sign in"
          onDone={(me) => enter(me, safeNext(params.get("next")))}
          onAgain={again}
        />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame>
      <h1>Sign in</h1>
      {setup.data?.needed ? (
        <Callout tone="info">
          Nobody has an account here yet. Open the setup link that <code>overture serve</code> printed when it
          started.
        </Callout>
      ) : null}
      {params.has("expired") && login.error === null ? (
        <Callout tone="info" alert>
          Your session has expired. Sign in again.
        </Callout>
      ) : null}
      {problem && login.error === null ? (
        <Callout tone="bad" alert>
          {problem}
        </Callout>
      ) : null}
      <form ref={form} onSubmit={submit}>
        {login.error ? (
          <Callout tone="bad" alert>
            {retryAfter(login.error) === 0 ? (
              messageOf(login.error)
            ) : (
              <Throttled words={messageOf(login.error)} left={left} />
            )}
          </Callout>
        ) : null}
        <TextField
          label="E-mail"
          name="email"
          autoComplete="username"
          inputMode="email"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" busy={login.isPending} disabled={left > 0}>
          Sign in
        </Button>
      </form>
      {setup.data?.google || passkeys ? <Or /> : null}
      {passkeys ? <PasskeyButton onDone={(me) => enter(me, safeNext(params.get("next")))} /> : null}
      {setup.data?.google ? (
        <GoogleButton label="Continue with Google" body={{ next: safeNext(params.get("next")) }} />
      ) : null}
    </AuthFrame>
  );
}
