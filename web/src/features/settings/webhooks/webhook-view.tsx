import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { del, patch, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Delivery, Webhook, WebhookKind, WebhookWithSecret } from "~/api/types/webhooks.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { When } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { Deliveries } from "./deliveries.tsx";
import { healthOf } from "./health.ts";
import { SecretOnce } from "./secret-once.tsx";
import { WebhookDialog } from "./webhook-dialog.tsx";

/** So many kinds are shown without being asked for. */
const FEW = 6;

type Open = "edit" | "rotate" | "delete" | null;

/** One webhook: how it is, what can be done about it, and what it was told. */
export function WebhookView({ webhook, kinds }: { webhook: Webhook; kinds: readonly WebhookKind[] }) {
  const client = useQueryClient();
  const [open, setOpen] = useState<Open>(null);
  const refresh = () => {
    for (const key of ["webhooks", "deliveries"]) void client.invalidateQueries({ queryKey: [key] });
  };
  const test = useMutation({
    mutationFn: () => post<Delivery>(`/api/webhooks/${webhook.id}/test`, {}),
    onSuccess: () => {
      refresh();
      toast("A test is on its way. It appears below with its answer.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  const turn = useMutation({
    mutationFn: (active: boolean) => patch<Webhook>(`/api/webhooks/${webhook.id}`, { active }),
    onSuccess: ({ active }) => {
      refresh();
      toast(active ? "It is told what happens from now on." : "It is told nothing until you switch it on.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  const health = healthOf(webhook);
  return (
    <>
      <Link className="link small" to={paths.settings("webhooks")}>
        All webhooks
      </Link>
      <section className="panel" aria-labelledby="hook-title">
        <div className="panel-body stack">
          <div className="hook-head">
            <h3 id="hook-title" className="hook-url">
              {webhook.description || webhook.url}
            </h3>
            <Badge tone={health.tone}>{health.text}</Badge>
          </div>
          {webhook.description ? <span className="soft hook-url">{webhook.url}</span> : null}
          {webhook.problem ? (
            <Callout tone="bad">
              {webhook.problem}. It was switched off. Put that right, then switch it on: what waits is
              delivered at once.
            </Callout>
          ) : null}
          {webhook.active && webhook.failing_since ? (
            <Callout tone="warn">
              Nothing has been taken since <When at={webhook.failing_since} ago />. After five days it is
              switched off.
            </Callout>
          ) : null}
          {webhook.old_secret_until ? (
            <Callout tone="info">
              The old secret signs as well until <When at={webhook.old_secret_until} />.
            </Callout>
          ) : null}
          <details className="more" open={webhook.kinds.length <= FEW}>
            <summary>
              Told of {plural(webhook.kinds.length, "kind")} of news,{" "}
              {webhook.include_content ? "with what messages say" : "by ids alone"}
            </summary>
            <p className="kind-list">
              {webhook.kinds.map((kind) => (
                <code key={kind}>{kind}</code>
              ))}
            </p>
          </details>
          <div className="row row-wrap">
            <Button
              icon="send"
              busy={test.isPending}
              disabled={!webhook.active}
              onClick={() => test.mutate()}
            >
              Send a test
            </Button>
            <Button icon="pencil" onClick={() => setOpen("edit")}>
              Edit
            </Button>
            <Button busy={turn.isPending} onClick={() => turn.mutate(!webhook.active)}>
              {webhook.active ? "Switch off" : "Switch on"}
            </Button>
            <Button onClick={() => setOpen("rotate")}>New secret</Button>
            <Button look="quiet" icon="trash" onClick={() => setOpen("delete")}>
              Delete
            </Button>
          </div>
        </div>
      </section>
      <Deliveries webhook={webhook} />
      {open === "edit" ? (
        <WebhookDialog webhook={webhook} kinds={kinds} onClose={() => setOpen(null)} />
      ) : null}
      {open === "rotate" ? <RotateDialog webhook={webhook} onClose={() => setOpen(null)} /> : null}
      {open === "delete" ? <DeleteDialog webhook={webhook} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

function RotateDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => post<WebhookWithSecret>(`/api/webhooks/${webhook.id}/rotate`, {}),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  if (rotate.data)
    return (
      <Dialog title="Copy the new secret" onClose={onClose}>
        <SecretOnce secret={rotate.data.secret} old onClose={onClose} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      title="Make a new secret?"
      verb="Make it"
      look="primary"
      request={rotate}
      onConfirm={rotate.mutate}
      onClose={onClose}
    >
      <p>
        Requests are signed with the new secret from now on, and for 24 hours with the old one as well. Give
        the new one to the receiver within that time.
      </p>
    </ConfirmDialog>
  );
}

function DeleteDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => del(`/api/webhooks/${webhook.id}`),
    onSuccess: async () => {
      await navigate(paths.settings("webhooks"));
      void client.invalidateQueries({ queryKey: ["webhooks"] });
      toast("The webhook is deleted.");
    },
  });
  return (
    <ConfirmDialog
      title="Delete the webhook?"
      verb="Delete"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        <span className="strong hook-url">{webhook.url}</span> is told nothing any more, also nothing of what
        waits. What it was told is forgotten. This cannot be undone.
      </p>
    </ConfirmDialog>
  );
}
