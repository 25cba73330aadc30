import type { SenderAccess } from "~/api/types/senders.ts";
import { When } from "~/components/time-ago.tsx";

/** One line of a sender whose access ends by itself: until when it is good, and that it is renewed. */
export function AccessNote({ access }: { access: SenderAccess }) {
  if (access.state === "reauthorise") return <span>Access not renewed any more</span>;
  const until = access.ends_at ? (
    <>
      , good until <When at={access.ends_at} />
    </>
  ) : null;
  if (access.state === "delayed") {
    return (
      <span>
        Access not renewed yet{until}: tried again <When at={access.due_at} />
      </span>
    );
  }
  return (
    <span>
      {access.renewed_at ? (
        <>
          Access renewed <When at={access.renewed_at} ago />
        </>
      ) : (
        "Access renewed by itself"
      )}
      {until}
    </span>
  );
}
