import { ShownOnce } from "~/components/shown-once.tsx";
import { Button } from "~/ui/button.tsx";

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
  return (
    <div className="stack">
      <p>
        Every request is signed with this secret, as <span className="strong">Standard Webhooks</span>{" "}
        describes it. The receiver needs it to tell our requests from others.
      </p>
      <ShownOnce label="Signing secret" value={secret} done="The signing secret is copied.">
        It is shown only now.{" "}
        {old
          ? "For 24 hours the old one signs as well, so that you can exchange it without losing anything."
          : "Lost it? Make a new secret."}
      </ShownOnce>
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Done</Button>
      </div>
    </div>
  );
}
