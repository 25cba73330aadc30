import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Delivery, DeliveryStatus, Webhook } from "~/api/types/webhooks.ts";
import { deliveriesQuery } from "~/api/webhook-queries.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Segmented } from "~/ui/field.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { DeliveryDialog } from "./delivery-dialog.tsx";
import { answerOf, statusOf } from "./health.ts";

const VIEWS: readonly { value: DeliveryStatus | ""; label: string }[] = [
  { value: "", label: "All" },
  { value: "pending", label: "Waiting" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Given up" },
];

/** What a webhook was told in the last 30 days, newest first. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const [status, setStatus] = useState<DeliveryStatus | "">("");
  const [open, setOpen] = useState<string | null>(null);
  const list = useInfiniteQuery(deliveriesQuery(webhook.id, status));
  const shown = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <section className="panel" aria-labelledby="deliveries-title">
      <div className="panel-head deliveries-head">
        <h3 id="deliveries-title">Deliveries</h3>
        <Segmented label="Which deliveries" value={status} options={VIEWS} onChange={setStatus} />
        {webhook.failed > 0 && webhook.active ? <RedeliverAll webhook={webhook} /> : null}
      </div>
      {list.isPending ? <Skeleton lines={5} /> : null}
      {list.error ? (
        <div className="panel-body">
          <ErrorBlock error={list.error} busy={list.isFetching} onRetry={() => void list.refetch()} />
        </div>
      ) : null}
      {list.data && shown.length === 0 ? <Nothing status={status} onAll={() => setStatus("")} /> : null}
      <ul>
        {shown.map((delivery) => (
          <DeliveryLine key={delivery.id} delivery={delivery} onOpen={() => setOpen(delivery.id)} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className="more-row">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      ) : null}
      {open ? <DeliveryDialog id={open} active={webhook.active} onClose={() => setOpen(null)} /> : null}
    </section>
  );
}

function Nothing({ status, onAll }: { status: DeliveryStatus | ""; onAll: () => void }) {
  if (status === "")
    return <Empty title="Nothing was told yet." text="Send a test, or wait for the first thing to happen." />;
  return (
    <Empty title="None of these.">
      <Button onClick={onAll}>Show all</Button>
    </Empty>
  );
}

function DeliveryLine({ delivery, onOpen }: { delivery: Delivery; onOpen: () => void }) {
  const { tone, text } = statusOf(delivery);
  return (
    <li>
      <button type="button" className="delivery" onClick={onOpen}>
        <code>{delivery.kind}</code>
        <span className="delivery-answer small soft">{answerOf(delivery)}</span>
        <Badge tone={tone}>{text}</Badge>
        <span className="delivery-time small soft">
          <TimeAgo at={delivery.created_at} />
        </span>
      </button>
    </li>
  );
}

function RedeliverAll({ webhook }: { webhook: Webhook }) {
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () =>
      post<{ redelivered: number }>(`/api/webhooks/${webhook.id}/recover`, {
        // Deliveries are kept for 30 days: this is all of them.
        since: "1970-01-01T00:00:00Z",
      }),
    onSuccess: ({ redelivered }) => {
      for (const key of ["webhooks", "deliveries"]) void client.invalidateQueries({ queryKey: [key] });
      toast(`${plural(redelivered, "delivery", "deliveries")} made again.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <Button small icon="refresh" busy={again.isPending} onClick={() => again.mutate()}>
      Redeliver all {webhook.failed} given up
    </Button>
  );
}
