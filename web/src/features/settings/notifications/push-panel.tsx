import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { del, post } from "~/api/client.ts";
import { pushQuery } from "~/api/notification-queries.ts";
import type { PushStanding } from "~/api/types/notifications.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { count } from "~/lib/format.ts";
import { type PushAbility, pushAbility, subscribe, unsubscribe } from "~/lib/push.ts";
import { remember } from "~/lib/storage.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

const CANNOT: Record<Exclude<PushAbility, "yes">, string> = {
  blocked:
    "This browser was told to show no notifications of Overture. Allow them in its settings for this address, then come back.",
  no: "This browser takes no push from here. It needs a page with TLS (https) and, on an iPhone or iPad, Overture on the home screen.",
};

/** Whether this browser is told while no page is open. */
export function PushPanel() {
  const standing = useQuery(pushQuery);
  return (
    <section className="panel" aria-labelledby="push">
      <div className="panel-head">
        <h3 id="push">Push in this browser</h3>
      </div>
      <div className="panel-body stack">
        <Async of={standing}>{(now) => <Switch now={now} />}</Async>
      </div>
    </section>
  );
}

function Switch({ now }: { now: PushStanding }) {
  const me = useMe();
  const ability = pushAbility();
  const client = useQueryClient();
  const turn = useMutation({
    mutationFn: async (on: boolean) => {
      if (!on) {
        const after = await del<PushStanding>("/api/push");
        await unsubscribe();
        return after;
      }
      const made = await subscribe(now.public_key);
      if (made === null) throw new Error("The browser was told to show no notifications.");
      return post<PushStanding>("/api/push", made);
    },
    onSuccess: (after) => {
      client.setQueryData(pushQuery.queryKey, after);
      remember("overture.push", after.here ? me.member.email : null);
      toast(after.here ? "Push is on in this browser." : "Push is off in this browser.");
    },
  });
  const others = now.browsers - (now.here ? 1 : 0);
  return (
    <>
      <p className="soft">
        {now.here
          ? "It is on: you hear of what you chose above also while no page of Overture is open."
          : "It is off. Switched on, you hear of what you chose above also while no page of Overture is open."}
        {others > 0
          ? ` It is on in ${count(others)} other ${others === 1 ? "browser" : "browsers"} of yours.`
          : ""}
      </p>
      {turn.error ? <ErrorBlock error={turn.error} title="That did not work." /> : null}
      {now.here ? (
        <div className="row">
          <Button busy={turn.isPending} onClick={() => turn.mutate(false)}>
            Switch off here
          </Button>
        </div>
      ) : ability === "yes" ? (
        <div className="row">
          <Button look="primary" busy={turn.isPending} onClick={() => turn.mutate(true)}>
            Switch on here
          </Button>
        </div>
      ) : (
        <p className="callout small">{CANNOT[ability]}</p>
      )}
    </>
  );
}
