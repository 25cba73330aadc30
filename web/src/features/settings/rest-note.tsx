import type { Resting } from "~/api/types/senders.ts";
import { When } from "~/components/time-ago.tsx";
import { count } from "~/lib/format.ts";
import { Callout } from "~/ui/states.tsx";

/** Why nothing leaves by a sender at the moment, and when it is tried again. */
export function RestNote({ resting }: { resting: Resting }) {
  return (
    <Callout tone="warn">
      {resting.state === "trying" ? (
        <>Its provider did not answer. One message is being tried; the others follow when it arrives. </>
      ) : (
        <>
          Resting until <When at={resting.until} />: its provider did not answer {count(resting.failures)}{" "}
          times in a row. Then one message is tried.{" "}
        </>
      )}
      {resting.reason}{" "}
      <span className="soft">What waits is kept and sent once. “Test” tries the provider at once.</span>
    </Callout>
  );
}
