import { useState } from "react";
import { Link } from "react-router";
import type { Stats } from "~/api/types/home.ts";
import { useMe } from "~/components/me.ts";
import { recall, remember } from "~/lib/storage.ts";
import { paths } from "~/paths.ts";
import { IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";

type Step = { done: boolean; title: string; text: string; to: string };

/** The first loop of the product; it leaves when it is done or sent away. */
export function SetupChecklist({ stats, started }: { stats: Stats; started: boolean }) {
  const me = useMe();
  const [hidden, setHidden] = useState(recall("overture.checklist") === "hidden");
  const steps: Step[] = [
    {
      done: recall("overture.did.import") === "yes" || (!me.demo && stats.contacts > 0),
      title: "Bring your contacts",
      text: "CSV, Excel or vCard; columns are guessed.",
      to: paths.imports,
    },
    {
      done: recall("overture.did.campaign") === "yes" || (!me.demo && started),
      title: "Start a campaign",
      text: "Pick a template; it is checked first.",
      to: paths.newCampaign,
    },
    {
      done: recall("overture.did.reply") === "yes",
      title: "Answer somebody",
      text: me.demo ? "They write back to you." : "The sandbox's people write like real ones.",
      to: paths.inbox("unread"),
    },
    // A demo never leaves the sandbox.
    ...(me.demo
      ? []
      : [
          {
            done: me.workspace.send_mode === "live",
            title: "Connect an account, go live",
            text: "Until then no message reaches a real person.",
            to: paths.settings("senders"),
          },
        ]),
  ];
  const next = steps.find((step) => !step.done);
  const open = steps.filter((step) => !step.done).length;
  if (hidden || open === 0) return null;
  return (
    <section className="panel" aria-label="First steps">
      <div className="panel-head">
        <h2>{me.demo ? "Try it yourself" : "First steps"}</h2>
        <span className="small muted">{`${steps.length - open} of ${steps.length} done`}</span>
        <span className="push" />
        <IconButton
          icon="cross"
          label="Hide the first steps"
          onClick={() => {
            remember("overture.checklist", "hidden");
            setHidden(true);
          }}
        />
      </div>
      <div className="checklist">
        {steps.map((step) => (
          <Link
            key={step.title}
            className={`checklist-item${step.done ? " checklist-done" : step === next ? " checklist-next" : ""}`}
            to={step.to}
          >
            <span className="checklist-mark">{step.done ? <Icon name="check" /> : null}</span>
            <span className="checklist-title">
              {step.title}
              {step.done ? <span className="sr-only"> (done)</span> : null}
            </span>
            <span className="checklist-text">{step.text}</span>
            {step === next ? <span className="checklist-go">Do this next</span> : null}
          </Link>
        ))}
      </div>
    </section>
  );
}
