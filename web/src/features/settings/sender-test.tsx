import type { SenderCheck } from "~/api/types/senders.ts";
import { Callout } from "~/ui/states.tsx";

const TRIED: Record<SenderCheck["parts"][number]["what"], string> = {
  sandbox: "The sandbox, where everything goes now, answered.",
  account: "Signed in to the account. Nothing was sent.",
  mailbox: "Opened the mailbox for answers.",
};
const FAILED: Record<SenderCheck["parts"][number]["what"], string> = {
  sandbox: "The sandbox",
  account: "The account",
  mailbox: "The mailbox for answers",
};

/** What a test of a sender found, part by part. */
export function TestResult({ check, title }: { check: SenderCheck; title?: string }) {
  return (
    <Callout tone={check.ok ? "good" : "bad"} alert={!check.ok}>
      <div className="stack-2">
        {title ? <strong>{title}</strong> : null}
        {check.parts.map((part) => (
          <span key={part.what}>
            {part.ok ? (
              TRIED[part.what]
            ) : (
              <>
                <span className="strong">{FAILED[part.what]}:</span> {part.problem}
                {part.code ? <span className="small soft"> (code {part.code})</span> : null}
              </>
            )}
          </span>
        ))}
      </div>
    </Callout>
  );
}
