import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { twoStepQuery } from "~/api/team-queries.ts";
import { googleWords } from "~/components/google-words.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { PasswordAgain } from "./password-again.tsx";

/** The Google account that I sign in with, where the installation knows Google. */
export function GooglePanel() {
  const ways = useQuery(twoStepQuery);
  const [params] = useSearchParams();
  const [open, setOpen] = useState(false);
  const google = ways.data?.google;
  if (!google) return null;
  const word = params.get("google");
  const problem = googleWords(word);
  const close = () => setOpen(false);
  return (
    <section className="panel" aria-labelledby="google">
      <div className="panel-head">
        <h3 id="google">Google</h3>
      </div>
      <div className="panel-body stack">
        {problem ? (
          <Callout tone="bad" alert>
            {problem}
          </Callout>
        ) : null}
        {word === "connected" && google.email ? (
          <Callout tone="good">Connected. From now on you can sign in with it.</Callout>
        ) : null}
        <div className="row row-wrap">
          <p className="grow soft">
            {google.email
              ? `You can sign in with ${google.email}.`
              : "Connect the Google account that has your e-mail address, and sign in with it."}
          </p>
          <Button onClick={() => setOpen(true)}>{google.email ? "Disconnect" : "Connect"}</Button>
        </div>
      </div>
      {open && google.email ? (
        <Dialog title="Disconnect Google?" onClose={close}>
          <PasswordAgain
            path="/api/profile/google/off"
            verb="Disconnect"
            danger
            text="You sign in with your password again."
            onDone={() => {
              toast("Google is disconnected.");
              close();
            }}
            onClose={close}
          />
        </Dialog>
      ) : null}
      {open && !google.email ? (
        <Dialog title="Connect Google" onClose={close}>
          <PasswordAgain<{ url: string }>
            path="/api/profile/google"
            verb="Continue to Google"
            text="You choose the account there and come back to this page."
            onDone={({ url }) => location.assign(url)}
            onClose={close}
          />
        </Dialog>
      ) : null}
    </section>
  );
}
