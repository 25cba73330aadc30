import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError } from "~/api/errors.ts";
import { googleAppQuery } from "~/api/queries.ts";
import type { GoogleApp } from "~/api/types/senders.ts";
import { Async } from "~/components/async.tsx";
import { copyText } from "~/components/copy.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

/** The app at Google in whose name people are asked for consent: made once in the Google Cloud console. */
export function GoogleAppDialog({ onClose }: { onClose: () => void }) {
  const app = useQuery(googleAppQuery);
  return (
    <Dialog title="Google app" onClose={onClose}>
      <Async of={app}>{(it) => <AppForm app={it} onClose={onClose} />}</Async>
    </Dialog>
  );
}

function AppForm({ app, onClose }: { app: GoogleApp; onClose: () => void }) {
  const client = useQueryClient();
  const [id, setId] = useState(app.client_id ?? "");
  const [secret, setSecret] = useState("");
  const save = useMutation({
    mutationFn: () =>
      post<GoogleApp>("/api/google-app", {
        client_id: id,
        ...(secret ? { client_secret: secret } : {}),
        ...(app.base_url ? { base_url: app.base_url } : {}),
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["google-app"] });
      toast("The Google app is saved. Now connect Gmail.");
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      {save.error ? <ErrorBlock error={save.error} /> : null}
      <p className="small soft">
        In the Google Cloud console, enable the Gmail API, make an OAuth client for a web application, and
        enter this address there as its redirect URI:
      </p>
      <div className="row row-wrap">
        <code className="copyable">{app.redirect_url}</code>
        <Button
          small
          icon="copy"
          onClick={() => void copyText(app.redirect_url, "The redirect address is copied.")}
        >
          Copy
        </Button>
      </div>
      <TextField
        label="Client ID"
        hint="Ends in .apps.googleusercontent.com"
        required
        autoComplete="off"
        value={id}
        error={fieldError(save.error, "client_id")}
        onChange={(event) => setId(event.target.value)}
      />
      <TextField
        label="Client secret"
        type="password"
        hint={app.client_id ? "Saved. Leave it empty to keep it." : "It is stored encrypted and never shown."}
        required={!app.client_id}
        autoComplete="off"
        value={secret}
        error={fieldError(save.error, "client_secret")}
        onChange={(event) => setSecret(event.target.value)}
      />
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" busy={save.isPending}>
          Save
        </Button>
      </div>
    </form>
  );
}
