import { useEffect, useRef, useState } from "react";
import type { MadeApiKey } from "~/api/types/keys.ts";
import { copyText } from "~/components/copy.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Callout } from "~/ui/states.tsx";

/** The text of a key, this once. Who leaves without it is asked whether they mean it. */
export function MadeKey({ made, onClose }: { made: MadeApiKey; onClose: () => void }) {
  const [taken, setTaken] = useState(false);
  const [copied, setCopied] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  // The form with the focus is gone, and later the question takes its place: what comes next is to copy.
  useEffect(() => {
    body.current?.querySelector<HTMLElement>(leaving ? "[data-back]" : "button")?.focus();
  }, [leaving]);
  const curl = `curl -H "Authorization: Bearer ${made.key}" \\\n  ${window.location.origin}/api/auth/me`;
  const leave = () => {
    if (taken || leaving) onClose();
    else setLeaving(true);
  };
  return (
    <Dialog
      title={leaving ? "Leave without the key?" : "Copy the key now"}
      className="dialog-wide"
      onClose={leaving ? () => setLeaving(false) : leave}
    >
      <div className="stack" ref={body}>
        {leaving ? (
          <>
            <p>
              “{made.name}” is made, and its key was not copied. It is never shown again: without it you can
              only revoke it and make another.
            </p>
            <div className="dialog-foot dialog-foot-in">
              <Button look="danger" onClick={leave}>
                Leave without it
              </Button>
              <Button look="primary" data-back onClick={() => setLeaving(false)}>
                Back to the key
              </Button>
            </div>
          </>
        ) : (
          <>
            <div className="key-copy">
              <input
                className="input mono"
                readOnly
                aria-label="API key"
                value={made.key}
                onFocus={(event) => event.target.select()}
                onCopy={() => setTaken(true)}
              />
              <Button
                look="primary"
                icon={copied ? "check" : "copy"}
                aria-describedby="key-once"
                onClick={async () => {
                  const done = await copyText(made.key, "The key is copied.");
                  setCopied(done);
                  if (done) setTaken(true);
                }}
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            </div>
            <Callout tone="warn">
              <span id="key-once">
                It is shown only now. Keep it where you keep passwords: whoever has it can do what “
                {made.name}” may.
              </span>
            </Callout>
            <div className="stack-2">
              <div className="row">
                <h3 className="label grow">Try it in a terminal</h3>
                <Button
                  small
                  look="quiet"
                  icon="copy"
                  aria-label="Copy the command"
                  onClick={async () => {
                    if (await copyText(curl, "The command is copied, with the key in it.")) setTaken(true);
                  }}
                >
                  Copy
                </Button>
              </div>
              <pre className="key-curl" tabIndex={0} onCopy={() => setTaken(true)}>
                <code>{curl}</code>
              </pre>
              <p className="small soft">It answers with your name and with what the key may do.</p>
            </div>
            <div className="dialog-foot dialog-foot-in">
              <Button onClick={leave}>Done</Button>
            </div>
          </>
        )}
      </div>
    </Dialog>
  );
}
