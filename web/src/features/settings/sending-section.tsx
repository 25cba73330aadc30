import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { campaignsQuery, sendersQuery, settingsQuery } from "~/api/queries.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Form, FormError } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { RestoredDialog } from "~/components/restored-dialog.tsx";
import { When } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ConsentForm } from "./consent-form.tsx";
import { HolidaysForm } from "./holidays-form.tsx";
import { QuietHoursForm } from "./quiet-hours-form.tsx";
import { ThresholdsForm } from "./thresholds-form.tsx";

/** Whether messages reach real people, and the one switch that stops them all. */
export function SendingSection() {
  const me = useMe();
  const admin = me.member.role === "admin";
  const [asking, setAsking] = useState<"live" | "stop" | "restored" | null>(null);
  const client = useQueryClient();
  const live = me.workspace.send_mode === "live";
  const stopped = me.workspace.sending_stopped;
  const settings = useQuery({ ...settingsQuery, enabled: stopped });
  const stop = stopped ? settings.data : undefined;
  const changed = () => void client.invalidateQueries();
  const simple = useMutation({
    mutationFn: (request: { path: string; body: unknown }) => post(request.path, request.body),
    onSuccess: () => {
      changed();
      setAsking(null);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <>
      {admin ? null : <AdminsOnly to="switch the mode and resume sending" />}
      <section className="panel">
        <div className="panel-body switch-row row-wrap">
          <div className="grow">
            <h3 className="row">
              Mode <Badge tone={live ? "good" : "info"}>{live ? "Live" : "Sandbox"}</Badge>
            </h3>
            <p className="soft">
              {live
                ? "Messages go to the real providers and reach real people."
                : "Every message goes to the sandbox and reaches no real person, whatever a campaign does. Webhooks are called all the same."}
            </p>
          </div>
          {!admin ? null : live ? (
            <Button
              busy={simple.isPending}
              onClick={() =>
                simple.mutate({
                  path: "/api/settings/send-mode",
                  body: { mode: "sandbox", confirm: me.workspace.name },
                })
              }
            >
              Back to the sandbox
            </Button>
          ) : (
            <Button onClick={() => setAsking("live")}>Switch to live</Button>
          )}
        </div>
      </section>
      <section className="panel danger">
        <div className="panel-body switch-row row-wrap">
          <div className="grow">
            <h3 className="row">Stop all sending {stopped ? <Badge tone="bad">Stopped</Badge> : null}</h3>
            <p className="soft">
              {stopped
                ? "Messages wait in their queues. What is due meanwhile follows each campaign's rule for lateness."
                : "Within a second nothing more leaves, in no campaign and by no hand. Messages wait in their queues."}
            </p>
            {stop?.stopped_at ? (
              <p className="small soft">
                Stopped <When at={stop.stopped_at} />
                {stop.stop_reason ? `: ${stop.stop_reason}` : ""}
              </p>
            ) : null}
          </div>
          {stopped && !admin ? null : me.workspace.sending_restored ? (
            <Button look="primary" onClick={() => setAsking("restored")}>
              Look and decide
            </Button>
          ) : stopped ? (
            <Button
              look="primary"
              icon="play"
              busy={simple.isPending}
              onClick={() => simple.mutate({ path: "/api/sending/resume", body: {} })}
            >
              Resume sending
            </Button>
          ) : (
            <Button look="danger" icon="stop" onClick={() => setAsking("stop")}>
              Stop all sending
            </Button>
          )}
        </div>
      </section>
      <ConsentForm admin={admin} />
      <HolidaysForm admin={admin} />
      <QuietHoursForm admin={admin} />
      <ThresholdsForm admin={admin} />
      {asking === "live" ? <LiveDialog onClose={() => setAsking(null)} onDone={changed} /> : null}
      {asking === "restored" ? <RestoredDialog onClose={() => setAsking(null)} /> : null}
      {asking === "stop" ? (
        <StopDialog
          busy={simple.isPending}
          onClose={() => setAsking(null)}
          onStop={(reason) =>
            simple.mutate({ path: "/api/sending/stop", body: reason === "" ? {} : { reason } })
          }
        />
      ) : null}
    </>
  );
}

function StopDialog({
  busy,
  onClose,
  onStop,
}: {
  busy: boolean;
  onClose: () => void;
  onStop: (reason: string) => void;
}) {
  const [reason, setReason] = useState("");
  return (
    <Dialog
      title="Stop all sending now?"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Keep sending</Button>
          <Button look="danger" icon="stop" busy={busy} onClick={() => onStop(reason.trim())}>
            Stop all sending
          </Button>
        </>
      }
    >
      <p>
        What a provider is hearing at this moment cannot be called back. Everything else waits until you
        resume.
      </p>
      <TextField
        label="Reason, for the record"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
    </Dialog>
  );
}

/** The one step that can reach strangers: typed, not clicked. */
function LiveDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const me = useMe();
  const [typed, setTyped] = useState("");
  const running = useQuery(campaignsQuery("active")).data?.length ?? 0;
  const bare = (useQuery(sendersQuery).data ?? []).filter((sender) => sender.account === null);
  const switchOn = useMutation({
    mutationFn: () => post("/api/settings/send-mode", { mode: "live", confirm: typed }),
    onSuccess: () => {
      onDone();
      onClose();
      toast("Live. Messages reach real people from now on.");
    },
  });
  return (
    <Dialog
      title="Switch to live"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Stay in the sandbox</Button>
          <Button
            look="primary"
            type="submit"
            form="go-live"
            busy={switchOn.isPending}
            disabled={typed.trim() !== me.workspace.name}
          >
            Switch to live
          </Button>
        </>
      }
    >
      <Form id="go-live" request={switchOn} onSend={switchOn.mutate}>
        <FormError />
        <Callout tone="warn">
          <div className="stack-2">
            <strong>From then on real people get your messages.</strong>
            <span>
              {running === 0
                ? "No campaign is running now."
                : `${plural(running, "running campaign")} ${running === 1 ? "goes" : "go"} on, and what is queued leaves.`}{" "}
              Messages leave from the real accounts, and answers are read there.
            </span>
            {bare.length > 0 ? (
              <span>
                These senders have no account and send nothing live:{" "}
                {bare.map((sender) => sender.address).join(", ")}.{" "}
                <Link className="link" to={paths.settings("senders")}>
                  Give them one first
                </Link>
              </span>
            ) : null}
          </div>
        </Callout>
        <TextField
          label={`Type the name of the workspace: ${me.workspace.name}`}
          name="confirm"
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </Form>
    </Dialog>
  );
}
