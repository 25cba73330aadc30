import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { twoStepQuery } from "~/api/team-queries.ts";
import type { RecoveryCodes, TwoStep } from "~/api/types/sign-in.ts";
import { Async } from "~/components/async.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay, plural } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { PasswordAgain } from "./password-again.tsx";
import { RecoveryCodesShown } from "./recovery-codes.tsx";
import { SetUpDialog } from "./set-up-dialog.tsx";

/** With so few recovery codes it is time for new ones. */
const FEW = 3;

type Open = "set-up" | "codes" | "off" | null;

/** Whether my password alone opens my account. */
export function TwoStepPanel() {
  const state = useQuery(twoStepQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  return (
    <>
      <section className="panel" aria-labelledby="two-step">
        <div className="panel-head">
          <h3 id="two-step">Two-step sign-in</h3>
          {state.data?.on ? <Badge tone="good">On</Badge> : null}
        </div>
        <div className="panel-body stack">
          <Async of={state}>{(data) => <State data={data} onOpen={setOpen} />}</Async>
        </div>
      </section>
      {open === "set-up" ? <SetUpDialog onClose={close} /> : null}
      {open === "codes" ? <NewCodesDialog onClose={close} /> : null}
      {open === "off" ? <OffDialog onClose={close} /> : null}
    </>
  );
}

function State({ data, onOpen }: { data: TwoStep; onOpen: (open: Open) => void }) {
  const now = useWallClock();
  if (!data.on || data.since === null)
    return (
      <div className="row row-wrap">
        <p className="grow soft">
          Off. Whoever learns your password can sign in as you. With a second step they need your phone too.
        </p>
        <Button look="primary" icon="shield" onClick={() => onOpen("set-up")}>
          Set up
        </Button>
      </div>
    );
  const left = data.recovery_codes_left;
  return (
    <>
      <p className="soft">
        On since {exactDay(data.since, now)}. After your password you are asked for a code of your
        authenticator app.
      </p>
      {left <= FEW ? (
        <Callout tone="warn">
          {left === 0 ? "You have no recovery codes left" : `Only ${plural(left, "recovery code")} left`}.
          Make new ones before you need them.
        </Callout>
      ) : null}
      <div className="row row-wrap">
        <span className="grow">{plural(left, "recovery code")} left</span>
        <Button onClick={() => onOpen("codes")}>New recovery codes</Button>
        <Button look="danger" onClick={() => onOpen("off")}>
          Switch off
        </Button>
      </div>
    </>
  );
}

function NewCodesDialog({ onClose }: { onClose: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  return (
    <Dialog title={codes ? "Keep these codes" : "New recovery codes"} onClose={onClose}>
      {codes ? (
        <RecoveryCodesShown codes={codes} onClose={onClose} />
      ) : (
        <PasswordAgain<RecoveryCodes>
          path="/api/profile/second-factor/recovery-codes"
          verb="Make new codes"
          text="The codes that you have now stop working."
          onDone={(made) => setCodes(made.recovery_codes)}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

function OffDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Switch off two-step sign-in?" onClose={onClose}>
      <PasswordAgain<TwoStep>
        path="/api/profile/second-factor/off"
        verb="Switch off"
        danger
        text="Your password alone opens your account again, and your recovery codes stop working."
        onDone={() => {
          toast("Two-step sign-in is off.");
          onClose();
        }}
        onClose={onClose}
      />
    </Dialog>
  );
}
