import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch, post } from "~/api/client.ts";
import type { Webhook, WebhookKind, WebhookWithSecret } from "~/api/types/webhooks.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { FieldError, TextField, useFieldError } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { grouped } from "./health.ts";
import { SecretOnce } from "./secret-once.tsx";

/** A new webhook, then its secret; or an old one with everything that can be changed of it. */
export function WebhookDialog({
  webhook,
  kinds,
  onClose,
}: {
  webhook: Webhook | null;
  kinds: readonly WebhookKind[];
  onClose: () => void;
}) {
  const [made, setMade] = useState<WebhookWithSecret | null>(null);
  const title = made ? "Copy the signing secret" : webhook ? "Edit the webhook" : "Add a webhook";
  return (
    <Dialog title={title} onClose={onClose} className="dialog-wide">
      {made ? (
        <SecretOnce secret={made.secret} old={false} onClose={onClose} />
      ) : (
        <WebhookForm webhook={webhook} kinds={kinds} onMade={setMade} onClose={onClose} />
      )}
    </Dialog>
  );
}

function WebhookForm({
  webhook,
  kinds,
  onMade,
  onClose,
}: {
  webhook: Webhook | null;
  kinds: readonly WebhookKind[];
  onMade: (made: WebhookWithSecret) => void;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(webhook?.kinds ?? []));
  const [content, setContent] = useState(webhook?.include_content ?? false);
  const save = useMutation({
    mutationFn: () => {
      const body = { url: url.trim(), description, kinds: [...chosen], include_content: content };
      return webhook
        ? patch<Webhook>(`/api/webhooks/${webhook.id}`, body)
        : post<WebhookWithSecret>("/api/webhooks", body);
    },
    onSuccess: (saved) => {
      void client.invalidateQueries({ queryKey: ["webhooks"] });
      if (!webhook) {
        onMade(saved as WebhookWithSecret);
        return;
      }
      toast("The webhook is saved.");
      onClose();
    },
  });
  return (
    <Form request={save} onSend={save.mutate} noValidate>
      <FormError />
      <TextField
        label="Address"
        name="url"
        type="url"
        required
        placeholder="https://example.com/hooks"
        hint="Where requests are posted to. It has to be reachable from the internet."
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <TextField
        label="Description (optional)"
        name="description"
        hint="For your team: what is behind it."
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <KindChoice kinds={kinds} chosen={chosen} onChange={setChosen} />
      <fieldset className="stack-2 group">
        <legend>Contents</legend>
        <label className="check">
          <input
            type="checkbox"
            checked={content}
            aria-describedby="webhook-content"
            onChange={(event) => setContent(event.target.checked)}
          />
          Include what messages say
        </label>
        <p className="small soft" id="webhook-content">
          Without it a request holds ids alone. With it, also addresses, subject and text of the message.
        </p>
      </fieldset>
      <FormFoot verb={webhook ? "Save" : "Add the webhook"} onCancel={onClose} />
    </Form>
  );
}

function KindChoice({
  kinds,
  chosen,
  onChange,
}: {
  kinds: readonly WebhookKind[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
}) {
  const wrong = useFieldError("kinds");
  const turn = (kind: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(kind);
    else next.delete(kind);
    onChange(next);
  };
  const all = kinds.length > 0 && kinds.every(({ kind }) => chosen.has(kind));
  return (
    <fieldset className="stack-2 group" aria-describedby={wrong ? "kinds-error" : undefined}>
      <legend>What it is told</legend>
      <div className="row row-wrap">
        <p className="small soft grow">Choose what the program needs; less is better.</p>
        <Button
          small
          look="quiet"
          onClick={() => onChange(all ? new Set() : new Set(kinds.map(({ kind }) => kind)))}
        >
          {all ? "Choose nothing" : "Choose everything"}
        </Button>
      </div>
      {wrong ? (
        <FieldError id="kinds-error" alert>
          {wrong}
        </FieldError>
      ) : null}
      <div className="kinds">
        {grouped(kinds).map(({ noun, kinds: list }) => (
          <section key={noun} aria-label={noun}>
            <h3 className="small strong">{noun}</h3>
            {list.map(({ kind, about }) => (
              <label className="check kind" key={kind}>
                <input
                  type="checkbox"
                  checked={chosen.has(kind)}
                  onChange={(event) => turn(kind, event.target.checked)}
                />
                <span>
                  {about} <code className="small soft">{kind}</code>
                </span>
              </label>
            ))}
          </section>
        ))}
      </div>
    </fieldset>
  );
}
