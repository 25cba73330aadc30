import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { post } from "~/api/client.ts";
import type { Enrolment, RecoveryCodes } from "~/api/types/sign-in.ts";
import { copyText } from "~/components/copy.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
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
  const top = useRef<HTMLDivElement>(null);
  const confirm = useMutation({
    mutationFn: () => post<RecoveryCodes>("/api/profile/second-factor/confirm", { code: code.trim() }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["two-step"] });
      onDone(made.recovery_codes);
    },
  });
  // The form with the focus is gone.
  useEffect(() => top.current?.closest("form")?.querySelector<HTMLInputElement>("[name=code]")?.focus(), []);
  const quiet = 4;
  const side = qr.size + 2 * quiet;
  return (
    <Form request={confirm} onSend={confirm.mutate}>
      <FormError />
      <div className="enrol" ref={top}>
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
        onChange={(event) => setCode(event.target.value)}
      />
      <FormFoot verb="Switch on" onCancel={onClose} />
    </Form>
  );
}
