import { useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { flushWaiting } from "~/api/waiting.ts";
import { type Waiting, waitAgain, withdraw } from "~/lib/waiting.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import "./waiting-list.css";

/** What was done without a connection and is still to be sent, or was refused then. `onTakeBack` gets its text. */
export function WaitingList({
  items,
  linked,
  onTakeBack,
}: {
  items: readonly Waiting[];
  /** Whether each leads to its conversation. */
  linked?: boolean;
  onTakeBack?: (item: Waiting) => void;
}) {
  const client = useQueryClient();
  return (
    <ul className="waiting-list" aria-label="Waiting for the connection">
      {items.map((item) => {
        const isRefused = item.state === "refused";
        return (
          <li key={item.id} data-state={item.state}>
            <Icon name={isRefused ? "cross" : "clock"} />
            <div className="waiting-what">
              <span>
                {linked ? (
                  <Link to={paths.inbox("all", item.conversationId)}>{item.words}</Link>
                ) : (
                  <span className="strong">{item.words}</span>
                )}{" "}
                <span className="small soft">{STATE[item.state]}</span>
              </span>
              {item.text ? <span className="waiting-text">{item.text}</span> : null}
              {item.error ? (
                <span className="small bad" role="alert">
                  {item.error}
                </span>
              ) : null}
            </div>
            {item.state === "sending" ? null : (
              <span className="row">
                {isRefused ? (
                  <Button
                    small
                    icon="refresh"
                    onClick={() => void waitAgain(item.id).then(() => flushWaiting(client))}
                  >
                    Try again
                  </Button>
                ) : null}
                <Button
                  small
                  look="quiet"
                  icon="undo"
                  onClick={() => {
                    onTakeBack?.(item);
                    void withdraw(item.id);
                  }}
                >
                  Withdraw
                </Button>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const STATE: Record<Waiting["state"], string> = {
  waiting: "waits for the connection",
  sending: "is being sent",
  refused: "was refused",
};
