import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { conversationsQuery } from "~/api/queries.ts";
import type { Conversation } from "~/api/types/inbox.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { When } from "~/components/time-ago.tsx";
import { paths } from "~/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { useMerging } from "./use-merging.ts";

/** Which other conversation with the same person becomes a part of this one. */
export function MergeDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { id, contact_id, contact_name } = conversation;
  const list = useInfiniteQuery({
    ...conversationsQuery("all", { contact_id: contact_id ?? "" }),
    enabled: contact_id !== null,
  });
  const others = (list.data?.pages.flatMap((page) => page.data) ?? []).filter((one) => one.id !== id);
  const merging = useMerging();
  const who = contact_name ?? "this person";
  return (
    <Dialog title="Merge conversations" onClose={onClose}>
      {contact_id === null ? (
        <p>Nobody knows yet who this is. Say whose conversation it is first, in the details.</p>
      ) : (
        <Async of={list} skeleton={<Skeleton lines={3} height={48} />}>
          {() =>
            others.length === 0 ? (
              <p>
                There is no other conversation with {who}. If the other one is with a second contact who is
                the same person,{" "}
                <Link className="link" to={paths.contact(contact_id)} onClick={onClose}>
                  merge the contacts
                </Link>{" "}
                first.
              </p>
            ) : (
              <div className="stack">
                <p className="soft">
                  What was said, noted and labelled there moves here, and so does what {who} writes there from
                  now on.
                </p>
                <ul className="merge-list">
                  {others.map((other) => (
                    <li key={other.id}>
                      <button
                        type="button"
                        className="merge-choice"
                        onClick={() => {
                          void merging.merge(id, other.id);
                          onClose();
                        }}
                      >
                        <span className="row">
                          <ChannelMark channel={other.channel} label />
                          <span className="soft clip">{other.address}</span>
                          <span className="push small soft">
                            <When at={other.last_at} />
                          </span>
                        </span>
                        <span className="clip small">{other.last_snippet}</span>
                      </button>
                    </li>
                  ))}
                </ul>
              </div>
            )
          }
        </Async>
      )}
    </Dialog>
  );
}
