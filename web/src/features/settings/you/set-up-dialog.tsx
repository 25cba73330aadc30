import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import type { Enrolment, RecoveryCodes } from "~/api/types/sign-in.ts";
import { copyText } from "~/components/copy.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { PasswordAgain } from "./password-again.tsx";
import { RecoveryCodesShown } from "./recovery-codes.tsx";

/** The password again, the secret for the app with its first code, then the recovery codes. */
export function SetUpDialog({ onClose }: { onClose: () => void }) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const title = codes ? "Keep these codes" : enrolment ? "Connect your app" : "Set up two-step sign-in";
  const ask = (
    <PasswordAgain<Enrolment>
      path="/api/profile/second-factor/begin"
      verb="Continue"
      text="You need an authenticator app on your phone, such as Google Authenticator, Aegis or 1Password."
      onDone={setEnrolment}
      onClose={onClose}
    />
  );
  return (
    <Dialog title={title} onClose={onClose}>
      {codes ? (
        <RecoveryCodesShown codes={codes} onClose={onClose} />
      ) : enrolment ? (
        <FirstCode enrolment={enrolment} onDone={setCodes} onClose={onClose} />
      ) : (
        ask
      )}
    </Dialog>
  );
}

function FirstCode({
  enrolment: { secret, qr },
  onDone,
  onClose,
}: {
  enrolment: Enrolment;
  onDone: (codes: string[]) => void;
  onClose: () => void;
}) {
  const [code, setCode] = useState("");
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const confirm = useMutation({
    mutationFn: () => post<RecoveryCodes>("/api/profile/second-factor/confirm", { code: code.trim() }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["two-step"] });
      onDone(made.recovery_codes);
    },
  });
  // The form with the focus is gone.
  useEffect(() => form.current?.querySelector<HTMLInputElement>("[name=code]")?.focus(), []);
  useEffect(() => {
    if (confirm.error) form.current?.querySelector<HTMLInputElement>("[name=code]")?.select();
  }, [confirm.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  const error = formError(confirm.error, ["code"]);
  const quiet = 4;
  const side = qr.size + 2 * quiet;
  return (
    <form className="stack" ref={form} onSubmit={submit}>
      {error ? <ErrorBlock error={error} /> : null}
      <div className="enrol">
        <svg
          className="enrol-qr"
          viewBox={`${-quiet} ${-quiet} ${side} ${side}`}
          role="img"
          aria-label="QR code for your authenticator app"
          shapeRendering="crispEdges"
        >
          <path d={qr.path} fill="currentColor" />
        </svg>
        <div className="stack">
          <p>Scan the picture with your authenticator app. If you cannot, type this key into it:</p>
          <code className="enrol-key">{secret.match(/.{1,4}/g)?.join(" ")}</code>
          <div>
            <Button small icon="copy" onClick={() => void copyText(secret, "The key is copied.")}>
              Copy the key
            </Button>
          </div>
        </div>
      </div>
      <TextField
        label="Code that the app shows"
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        hint="Six digits. They change every 30 seconds."
        value={code}
        error={fieldError(confirm.error, "code")}
        onChange={(event) => setCode(event.target.value)}
      />
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" type="submit" busy={confirm.isPending}>
          Switch on
        </Button>
      </div>
    </form>
  );
}
