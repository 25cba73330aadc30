import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { twoStepQuery } from "~/api/team-queries.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
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
  const ask = useMutation({
    mutationFn: () => post<T>(path, hasPassword ? { password } : {}),
    onSuccess: (answer) => {
      void client.invalidateQueries({ queryKey: ["two-step"] });
      onDone(answer);
    },
  });
  return (
    <Form request={ask} onSend={ask.mutate}>
      <FormError />
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
            onChange={(event) => setPassword(event.target.value)}
          />
        </>
      ) : null}
      <FormFoot verb={verb} look={danger ? "danger" : "primary"} onCancel={onClose} />
    </Form>
  );
}
