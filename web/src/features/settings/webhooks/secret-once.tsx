import { useEffect, useRef, useState } from "react";
import { copyText } from "~/components/copy.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";

/** A new secret, to be copied now or never. */
export function SecretOnce({
  secret,
  old,
  onClose,
}: {
  secret: string;
  /** Whether there was one before, which is good for another day. */
  old: boolean;
  onClose: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [copied, setCopied] = useState(false);
  // The form with the focus is gone; what comes next is to copy.
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  return (
    <div className="stack">
      <p>
        Every request is signed with this secret, as <span className="strong">Standard Webhooks</span>{" "}
        describes it. The receiver needs it to tell our requests from others.
      </p>
      <div className="invite-link" ref={box}>
        <input
          className="input mono"
          readOnly
          aria-label="Signing secret"
          value={secret}
          onFocus={(event) => event.target.select()}
        />
        <Button
          look="primary"
          icon={copied ? "check" : "copy"}
          aria-describedby="secret-once"
          onClick={async () => setCopied(await copyText(secret, "The signing secret is copied."))}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      <Callout tone="warn">
        <span id="secret-once">
          It is shown only now.{" "}
          {old
            ? "For 24 hours the old one signs as well, so that you can exchange it without losing anything."
            : "Lost it? Make a new secret."}
        </span>
      </Callout>
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Done</Button>
      </div>
    </div>
  );
}
