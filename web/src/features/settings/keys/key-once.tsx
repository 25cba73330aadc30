import { type ReactNode, useEffect, useRef, useState } from "react";
import { copyText } from "~/components/copy.ts";
import { ShownOnce } from "~/components/shown-once.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

/** The text of a key, this once. Who leaves without it is asked whether they mean it. */
export function KeyOnce({
  label,
  name,
  value,
  command,
  why,
  inUse = false,
  onClose,
  children,
}: {
  label: string;
  /** What the key was made for. */
  name: string;
  value: string;
  /** What shows in a terminal that the key is good; it has the key in it. */
  command: string;
  /** Why it must be copied now, and where it goes. */
  why: ReactNode;
  /** It is where it belongs already, so nobody leaves without it. */
  inUse?: boolean;
  onClose: () => void;
  /** What comes of the command. */
  children: ReactNode;
}) {
  const [taken, setTaken] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const body = useRef<HTMLDivElement>(null);
  // The question takes the place of what had the focus.
  useEffect(() => {
    if (leaving) body.current?.querySelector<HTMLElement>("[data-back]")?.focus();
  }, [leaving]);
  const leave = () => {
    if (taken || inUse || leaving) onClose();
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
              “{name}” is made, and its key was not copied. It is never shown again: without it you can only
              revoke it and make another.
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
            <ShownOnce label={label} value={value} done="The key is copied." onTaken={() => setTaken(true)}>
              {why}
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
                    if (await copyText(command, "The command is copied, with the key in it.")) setTaken(true);
                  }}
                >
                  Copy
                </Button>
              </div>
              <pre className="key-curl" tabIndex={0} onCopy={() => setTaken(true)}>
                <code>{command}</code>
              </pre>
              {children}
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
