import { dropPending, type Pending } from "~/lib/outbox.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";
import { putIntoComposer, writeIn } from "./composer-text.ts";
import { useReply } from "./use-reply.ts";

/** An answer on its way to the server, or one that did not get there. */
export function PendingBubble({ item }: { item: Pending }) {
  const reply = useReply();
  const failed = item.state === "failed";
  return (
    <article className={failed ? "bubble bubble-out bubble-bad" : "bubble bubble-out"}>
      <div className="bubble-head">
        <span className="strong">You</span>
        <span className="receipt">
          <Icon name={failed ? "cross" : "clock"} />
          {failed ? "Not handed over" : "Handing over"}
        </span>
      </div>
      <div className="bubble-text">{item.text}</div>
      {failed ? (
        <div className="bubble-note bubble-note-bad" role="alert">
          <span>{item.error}</span>
          <span className="row row-wrap">
            {item.overtaken ? (
              <>
                <Button small icon="send" onClick={() => void reply({ ...item, seenId: undefined })}>
                  Send anyway
                </Button>
                <Button
                  small
                  icon="pencil"
                  onClick={() => {
                    putIntoComposer(`note:${item.conversationId}`, item.text);
                    dropPending(item.clientId);
                    writeIn("note");
                  }}
                >
                  Turn into a note
                </Button>
              </>
            ) : (
              <Button small icon="refresh" onClick={() => void reply(item)}>
                Retry
              </Button>
            )}
            <Button
              small
              icon="pencil"
              onClick={() => {
                putIntoComposer(item.conversationId, item.text);
                dropPending(item.clientId);
              }}
            >
              Edit
            </Button>
            <Button
              small
              icon="copy"
              onClick={() => void navigator.clipboard?.writeText(item.text).then(() => toast("Copied."))}
            >
              Copy
            </Button>
            <Button small look="quiet" icon="trash" onClick={() => dropPending(item.clientId)}>
              Discard
            </Button>
          </span>
        </div>
      ) : null}
    </article>
  );
}
