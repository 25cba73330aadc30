import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { Delivery, DeliveryAttempt } from "~/api/types/webhooks.ts";
import { deliveryQuery } from "~/api/webhook-queries.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { When } from "~/components/time-ago.tsx";
import { count } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { toast } from "~/ui/toast.tsx";
import { readable, statusOf } from "./health.ts";

/** One delivery: what was sent, and what came back at each try. */
export function DeliveryDialog({
  id,
  active,
  onClose,
}: {
  id: string;
  active: boolean;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const delivery = useQuery(deliveryQuery(id));
  const again = useMutation({
    mutationFn: () => post<Delivery>(`/api/deliveries/${id}/redeliver`, {}),
    onSuccess: () => {
      for (const key of ["webhooks", "deliveries", "delivery"])
        void client.invalidateQueries({ queryKey: [key] });
      toast("It is made again, under the same id.");
    },
  });
  return (
    <Dialog
      title={delivery.data?.kind ?? "Delivery"}
      onClose={onClose}
      className="dialog-wide"
      footer={
        <>
          <Button
            icon="refresh"
            busy={again.isPending}
            disabled={!active || !delivery.data}
            onClick={() => again.mutate()}
          >
            Redeliver
          </Button>
          <Button look="primary" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {again.error ? <ErrorBlock error={again.error} /> : null}
      <Async of={delivery}>
        {(whole) => {
          const { tone, text } = statusOf(whole);
          return (
            <div className="stack">
              <dl className="facts">
                <dt>State</dt>
                <dd>
                  <Badge tone={tone}>{text}</Badge>{" "}
                  {whole.status === "pending" && whole.attempt > 0 ? (
                    <span className="small soft">
                      next try <When at={whole.due_at} />
                    </span>
                  ) : null}
                </dd>
                <dt>Happened</dt>
                <dd>
                  <When at={whole.created_at} ago />
                </dd>
                <dt>Id</dt>
                <dd>
                  <code className="hook-url">{whole.id}</code>
                </dd>
              </dl>
              <section className="stack-2" aria-labelledby="delivery-request">
                <h3 id="delivery-request">Request</h3>
                <Lines text={readable(whole.request)} label="Body of the request" />
              </section>
              <section className="stack-2" aria-labelledby="delivery-tries">
                <h3 id="delivery-tries">Tries</h3>
                {whole.attempts.length === 0 ? <p className="soft">Not tried yet.</p> : null}
                <ol className="tries">
                  {whole.attempts.map((attempt) => (
                    <Try key={attempt.number} attempt={attempt} />
                  ))}
                </ol>
              </section>
            </div>
          );
        }}
      </Async>
    </Dialog>
  );
}

function Try({ attempt }: { attempt: DeliveryAttempt }) {
  const { number, at, answered, answer, duration_ms, problem } = attempt;
  return (
    <li className="stack-2">
      <div className="row row-wrap">
        <span className="strong">{number}.</span>
        <When at={at} ago />
        <Badge tone={problem ? "bad" : "good"}>{answered ?? "No answer"}</Badge>
        <span className="small soft">{count(duration_ms)} ms</span>
      </div>
      {problem ? <p className="small">{problem}.</p> : null}
      {answer ? <Lines text={readable(answer)} label={`Answer to try ${number}`} /> : null}
    </li>
  );
}

/** Long lines scroll; a keyboard can do it too. */
function Lines({ text, label }: { text: string; label: string }) {
  return (
    <pre className="lines" tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  );
}
