import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { forgetCsrf, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { meQuery, setupQuery } from "~/api/queries.ts";
import type { Me } from "~/api/types.ts";
import { useTitle } from "~/components/page.tsx";
import { setClock } from "~/lib/clock.ts";
import { setHomeZone } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { AuthFrame } from "./auth-frame.tsx";
import { safeNext } from "./safe-next.ts";

export function LoginPage() {
  useTitle("Sign in");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const setup = useQuery(setupQuery);
  const login = useMutation({
    mutationFn: () => post<Me>("/api/auth/login", { email: email.trim(), password }),
    onSuccess: (me) => {
      forgetCsrf();
      setClock(me.now, me.speed);
      setHomeZone(me.workspace.time_zone);
      client.setQueryData(meQuery.queryKey, me);
      void navigate(safeNext(params.get("next")), { replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  return (
    <AuthFrame>
      <h1>Sign in</h1>
      {setup.data?.needed ? (
        <Callout tone="info">
          Nobody has an account here yet. Open the setup link that <code>overture serve</code> printed when it
          started.
        </Callout>
      ) : null}
      <form onSubmit={submit}>
        {login.error ? (
          <Callout tone="bad" alert>
            {messageOf(login.error)}
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
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button type="submit" look="primary" busy={login.isPending}>
          Sign in
        </Button>
      </form>
    </AuthFrame>
  );
}
