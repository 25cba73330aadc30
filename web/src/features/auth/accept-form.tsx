import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { ApiError, fieldError, formError, messageOf } from "~/api/errors.ts";
import { needsSecondStep, type SecondStep } from "~/api/types/sign-in.ts";
import type { Welcome } from "~/api/types/team.ts";
import type { Me } from "~/api/types/workspace.ts";
import { Form, Submit } from "~/components/form.tsx";
import { useEnter } from "~/components/session.ts";
import { suggestHandle } from "~/lib/handle.ts";
import { ROLE_WORDS } from "~/lib/roles.ts";
import { paths } from "~/paths.ts";
import { TextField } from "~/ui/field.tsx";
import { PasswordField } from "~/ui/password-field.tsx";
import { Callout } from "~/ui/states.tsx";
import { SecondStepForm } from "./second-step-form.tsx";

const MEMBER_ALREADY = "invitation.member_already";

/** Makes an account of the invitation, or adds the workspace to the account that is there. */
export function AcceptForm({ token, welcome }: { token: string; welcome: Welcome }) {
  const [email, setEmail] = useState(welcome.email ?? "");
  const [name, setName] = useState("");
  const [handle, setHandle] = useState<string | null>(null);
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<SecondStep | null>(null);
  const enter = useEnter();
  const shownHandle = handle ?? suggestHandle(name);
  const isNew = !welcome.has_account;
  // An account brings its own, made from the address, unless somebody here has that one.
  const [asksHandle, setAsksHandle] = useState(isNew);
  const accept = useMutation({
    mutationFn: () =>
      post<Me | SecondStep>("/api/auth/invitation/accept", {
        token,
        password,
        ...(welcome.email === null ? { email: email.trim() } : {}),
        ...(isNew ? { name: name.trim() } : {}),
        ...(asksHandle ? { handle: shownHandle.trim() } : {}),
      }),
    onSuccess: (answer) => (needsSecondStep(answer) ? setStep(answer) : enter(answer, paths.home)),
    onError: (error) => setAsksHandle(asksHandle || fieldError(error, "handle") !== undefined),
  });
  if (step)
    return (
      <SecondStepForm
        step={step}
        verb={`Join ${welcome.workspace}`}
        onDone={(me) => enter(me, paths.home)}
        onAgain={() => setStep(null)}
      />
    );
  const error = formError(accept.error, ["email", "name", "handle", "password"]);
  return (
    <>
      <h1>Join {welcome.workspace}</h1>
      <p className="soft">
        {welcome.invited_by} invited you as {ROLE_WORDS[welcome.role]}.{" "}
        {isNew
          ? "Choose what you sign in with."
          : "You have an account already: type its password, and the workspace is added to it."}
      </p>
      <Form className="" request={accept} onSend={accept.mutate}>
        {error ? (
          <Callout tone="bad" alert>
            {messageOf(error)}{" "}
            {error instanceof ApiError && error.kind === MEMBER_ALREADY ? (
              <Link className="link" to={paths.login}>
                Sign in
              </Link>
            ) : null}
          </Callout>
        ) : null}
        <TextField
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          readOnly={welcome.email !== null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        {isNew || asksHandle ? (
          <div className={isNew ? "auth-pair" : undefined}>
            {isNew ? (
              <TextField
                label="Your name"
                name="name"
                autoComplete="name"
                required
                hint="As your team knows you."
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            ) : null}
            {asksHandle ? (
              <TextField
                label="Handle"
                name="handle"
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                required
                value={shownHandle}
                hint="A short name, used once in the workspace."
                onChange={(event) => setHandle(event.target.value)}
              />
            ) : null}
          </div>
        ) : null}
        <PasswordField
          label="Password"
          name="password"
          autoComplete={isNew ? "new-password" : "current-password"}
          required
          hint={isNew ? "At least 10 characters." : undefined}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Submit>{`Join ${welcome.workspace}`}</Submit>
      </Form>
    </>
  );
}
