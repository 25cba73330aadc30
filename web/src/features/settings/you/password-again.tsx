import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import { twoStepQuery } from "~/api/team-queries.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { Button } from "~/ui/button.tsx";
import { PasswordField } from "~/ui/password-field.tsx";

/** Asks for the password once more before something is done that an open browser alone must not do. */
export function PasswordAgain<T>({
  path,
  verb,
  text,
  danger = false,
  onDone,
  onClose,
}: {
  path: string;
  verb: string;
  text: string;
  danger?: boolean;
  onDone: (answer: T) => void;
  onClose: () => void;
}) {
  const { member } = useMe();
  const ways = useQuery(twoStepQuery);
  // Who signs in with Google alone has none; the server asks for a fresh sign-in instead.
  const hasPassword = ways.data?.has_password ?? true;
  const [password, setPassword] = useState("");
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const ask = useMutation({
    mutationFn: () => post<T>(path, hasPassword ? { password } : {}),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ["two-step"] });
      onDone(answer);
    },
  });
  useEffect(() => {
    if (ask.error) form.current?.querySelector<HTMLInputElement>("[name=password]")?.select();
  }, [ask.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  const error = formError(ask.error, ["password"]);
  return (
    <form className="stack" ref={form} onSubmit={submit}>
      {error ? <ErrorBlock error={error} /> : null}
      <p>{text}</p>
      {hasPassword ? (
        <>
          {/* For password managers: whose password this is. */}
          <input type="text" name="username" autoComplete="username" value={member.email} readOnly hidden />
          <PasswordField
            label="Your password"
            name="password"
            autoComplete="current-password"
            required
            value={password}
            error={fieldError(ask.error, "password")}
            onChange={(event) => setPassword(event.target.value)}
          />
        </>
      ) : null}
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Cancel</Button>
        <Button look={danger ? "danger" : "primary"} type="submit" busy={ask.isPending}>
          {verb}
        </Button>
      </div>
    </form>
  );
}
