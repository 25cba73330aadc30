import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { DomainCheck, DomainFinding, Sender } from "~/api/types/senders.ts";
import { copyText } from "~/components/copy.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import "./domain-check.css";

const NAMES: Record<DomainFinding["about"], string> = {
  spf: "SPF: who may send",
  dkim: "DKIM: the signature",
  dmarc: "DMARC: what becomes of forged mails",
  mx: "MX: where answers go",
};
const GRADES: Record<DomainFinding["grade"], { tone: Tone; text: string }> = {
  good: { tone: "good", text: "Good" },
  fair: { tone: "warn", text: "Could be better" },
  bad: { tone: "bad", text: "To do" },
  unknown: { tone: "info", text: "No answer" },
};

/** What DNS says about the domain that this sender writes from, and what to put into it. */
export function DomainPanel({ sender }: { sender: Sender }) {
  const [selector, setSelector] = useState("");
  const check = useMutation({
    mutationFn: () =>
      post<DomainCheck>(`/api/senders/${sender.id}/domain-check`, selector.trim() ? { selector } : {}),
    onError: (error) => toast(messageOf(error)),
  });
  const report = check.data;
  return (
    <details className="more">
      <summary>How its domain is set up</summary>
      <div className="stack-2">
        <p className="small soft">
          Mailboxes look in the DNS of {sender.address.split("@")[1]} to tell your mails from forged ones.
        </p>
        <form
          className="row row-wrap"
          onSubmit={(event) => {
            event.preventDefault();
            check.mutate();
          }}
        >
          <input
            className="input domain-selector"
            aria-label="DKIM selector, if you know it"
            placeholder="DKIM selector, if you know it"
            maxLength={63}
            value={selector}
            onChange={(event) => setSelector(event.target.value)}
          />
          <Button
            small
            type="submit"
            busy={check.isPending}
            aria-label={`Check the domain of ${sender.address}`}
          >
            {check.isPending ? "Looking…" : report ? "Look again" : "Check the domain"}
          </Button>
        </form>
        {report ? (
          <div aria-live="polite">
            {report.sandbox ? (
              <p className="small soft">Sandbox mode: these answers are the sandbox’s, not the world’s.</p>
            ) : null}
            <ul className="domain-findings">
              {report.findings.map((finding) => (
                <Finding key={finding.about} finding={finding} />
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </details>
  );
}

function Finding({ finding }: { finding: DomainFinding }) {
  const grade = GRADES[finding.grade];
  const entry = finding.entry;
  return (
    <li className="domain-finding">
      <div className="row row-wrap">
        <span className="strong">{NAMES[finding.about]}</span>
        <Badge tone={grade.tone}>{grade.text}</Badge>
      </div>
      <p className="small">{finding.text}</p>
      {finding.found.map((text) => (
        <code className="copyable" key={text}>
          {text}
        </code>
      ))}
      {entry ? (
        <div className="domain-entry">
          <p className="small soft">
            Put this into DNS, as {entry.kind} at <code>{entry.name}</code>:
          </p>
          <div className="row row-wrap">
            <code className="copyable">{entry.value}</code>
            <Button small icon="copy" onClick={() => void copyText(entry.value, "The line is copied.")}>
              Copy
            </Button>
          </div>
        </div>
      ) : null}
    </li>
  );
}
