import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { twoStepQuery } from "~/api/team-queries.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { PasswordField } from "~/ui/password-field.tsx";
import { toast } from "~/ui/toast.tsx";

/** A new password for whoever knows the old one. */
export function PasswordForm({ email }: { email: string }) {
  const [current, setCurrent] = useState("");
  const ways = useQuery(twoStepQuery);
  // Who came in with Google has none yet.
  const hasPassword = ways.data?.has_password ?? true;
  const [password, setPassword] = useState("");
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => post("/api/profile/password", { password, ...(hasPassword ? { current } : {}) }),
    onSuccess: () => {
      setCurrent("");
      setPassword("");
      for (const key of ["sessions", "two-step"]) void client.invalidateQueries({ queryKey: [key] });
      toast("Your password is changed. Your other sessions have ended.");
    },
  });
  const verb = hasPassword ? "Change the password" : "Choose a password";
  return (
    <Form className="panel" request={change} onSend={change.mutate} aria-labelledby="change-password">
      <div className="panel-head">
        <h3 id="change-password">{verb}</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        {/* For password managers: whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <div className="form-pairs">
          {hasPassword ? (
            <PasswordField
              label="Current password"
              name="current"
              autoComplete="current-password"
              required
              value={current}
              onChange={(event) => setCurrent(event.target.value)}
            />
          ) : null}
          <PasswordField
            label="New password"
            name="password"
            autoComplete="new-password"
            required
            hint="At least 10 characters. A few words are better than a few symbols."
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </div>
        <div className="row row-wrap">
          <Submit look="plain">{verb}</Submit>
          <span className="small soft">Your sessions on other devices end; this one stays.</span>
        </div>
      </div>
    </Form>
  );
}
