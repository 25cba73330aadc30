import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { copyText } from "./copy.ts";

/** A link or a secret that is told now and never again: what comes next is to copy it. */
export function ShownOnce({
  label,
  value,
  done,
  onTaken,
  children,
}: {
  label: string;
  value: string;
  /** What is said when it is on the clipboard. */
  done: string;
  /** It was copied, by the button or by hand. */
  onTaken?: () => void;
  /** Why it must be copied now. */
  children: ReactNode;
}) {
  const why = useId();
  const row = useRef<HTMLDivElement>(null);
  const [copied, setCopied] = useState(false);
  // The form that had the focus is gone.
  useEffect(() => row.current?.querySelector("button")?.focus(), []);
  const copy = async () => {
    const taken = await copyText(value, done);
    setCopied(taken);
    if (taken) onTaken?.();
  };
  return (
    <>
      <div className="shown-once" ref={row}>
        <input
          className="input mono"
          readOnly
          aria-label={label}
          value={value}
          onFocus={(event) => event.target.select()}
          onCopy={onTaken}
        />
        <Button
          look="primary"
          icon={copied ? "check" : "copy"}
          aria-describedby={why}
          onClick={() => void copy()}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      </div>
      <Callout tone="warn">
        <span id={why}>{children}</span>
      </Callout>
    </>
  );
}
