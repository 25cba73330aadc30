import { useEffect, useRef, useState } from "react";
import type { MadeApiKey } from "~/api/types/keys.ts";
import { copyText } from "~/components/copy.ts";
import { ShownOnce } from "~/components/shown-once.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

/** The text of a key, this once. Who leaves without it is asked whether they mean it. */
export function MadeKey({ made, onClose }: { made: MadeApiKey; onClose: () => void }) {
  const [taken, setTaken] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  // The question takes the place of what had the focus.
  useEffect(() => {
    if (leaving) body.current?.querySelector<HTMLElement>("[data-back]")?.focus();
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
            <ShownOnce
              label="API key"
              value={made.key}
              done="The key is copied."
              onTaken={() => setTaken(true)}
            >
              It is shown only now. Keep it where you keep passwords: whoever has it can do what “{made.name}”
              may.
            </ShownOnce>
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
