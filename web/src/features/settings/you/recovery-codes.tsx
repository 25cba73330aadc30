import { useEffect, useRef, useState } from "react";
import { copyText } from "~/components/copy.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { codesFile } from "./codes-file.ts";

/** Shown once. Whoever loses the phone gets in with one of them. */
export function RecoveryCodesShown({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  // The form with the focus is gone; what comes next is to keep them.
  useEffect(() => box.current?.querySelector("button")?.focus(), []);
  const download = () => {
    const url = URL.createObjectURL(new Blob([codesFile(codes)], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "overture-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <div className="stack">
      <p>Without your phone you sign in with one of these in place of the six digits. Each works once.</p>
      <ul className="codes mono">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <Callout tone="warn">
        <span id="codes-once">
          They are shown only now. Keep them where you keep passwords, not on the phone itself.
        </span>
      </Callout>
      <div className="row row-wrap" ref={box}>
        <Button
          icon={copied ? "check" : "copy"}
          aria-describedby="codes-once"
          onClick={async () => setCopied(await copyText(codes.join("\n"), "The codes are copied."))}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
        <Button icon="download" onClick={download}>
          Download
        </Button>
      </div>
      <div className="dialog-foot dialog-foot-in">
        <Button look="primary" onClick={onClose}>
          I have kept them
        </Button>
      </div>
    </div>
  );
}
