import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { post } from "~/api/client.ts";
import { setupQuery } from "~/api/queries.ts";
import type { Me } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useTitle } from "~/components/page.tsx";
import { useEnter } from "~/components/session.ts";
import { allZones, countries, ownCountry, ownZone } from "~/lib/zones.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { SelectField, TextField } from "~/ui/field.tsx";
import { PasswordField } from "~/ui/password-field.tsx";
import { Callout } from "~/ui/states.tsx";
import { AuthFrame } from "./auth-frame.tsx";

/** The first admin and the workspace. The token in the address proves that this is the person at the server. */
export function SetupPage() {
  useTitle("Set up");
  const [params] = useSearchParams();
  const token = params.get("token") ?? "";
  const setup = useQuery(setupQuery);
  if (setup.data && !setup.data.needed) {
    return (
      <AuthFrame>
        <h1>Overture is set up</h1>
        <p className="soft">This workspace already has its first account.</p>
        <Link className={buttonClass("primary")} to={paths.login}>
          Sign in
        </Link>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame>
      <h1>Set up Overture</h1>
      <p className="soft">
        Two minutes, and no message goes to anybody: a new workspace is in sandbox mode until you switch it to
        live.
      </p>
      {token === "" ? (
        <Callout tone="warn">
          This address has no setup token. Open the link that <code>overture serve</code> printed when it
          started.
        </Callout>
      ) : null}
      <SetupForm token={token} />
    </AuthFrame>
  );
}

function SetupForm({ token }: { token: string }) {
  const [form, setForm] = useState({
    name: "",
    email: "",
    password: "",
    workspace: "",
    time_zone: ownZone(),
    default_country: ownCountry(),
  });
  const enter = useEnter();
  const create = useMutation({
    mutationFn: () => post<Me>("/api/setup", { token, ...form }),
    onSuccess: (me) => enter(me, paths.home),
  });
  const text = (name: keyof typeof form) => ({
    name,
    value: form[name],
    required: true,
    onChange: (event: { target: { value: string } }) => setForm({ ...form, [name]: event.target.value }),
  });
  return (
    <Form className="" request={create} onSend={create.mutate}>
      <FormError />
      <div className="auth-pair">
        <TextField label="Your name" autoComplete="name" {...text("name")} />
        <TextField
          label="Workspace"
          placeholder="Acme Events"
          autoComplete="organization"
          {...text("workspace")}
        />
      </div>
      <TextField label="E-mail" type="email" autoComplete="username" {...text("email")} />
      <PasswordField
        label="Password"
        autoComplete="new-password"
        minLength={10}
        hint="At least 10 characters."
        {...text("password")}
      />
      <div className="auth-pair">
        <SelectField label="Time zone" {...text("time_zone")}>
          {allZones().map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </SelectField>
        <SelectField label="Country of phone numbers" {...text("default_country")}>
          {countries(form.default_country).map((item) => (
            <option key={item.code} value={item.code}>
              {item.name}
            </option>
          ))}
        </SelectField>
      </div>
      <Submit>Create the workspace</Submit>
    </Form>
  );
}
