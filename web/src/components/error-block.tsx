import { ApiError, messageOf } from "~/api/errors.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { copyText } from "./copy.ts";

/** What happened, and the way on: the id to quote, and another try. */
export function ErrorBlock({
  error,
  onRetry,
  busy,
  title,
}: {
  error: unknown;
  onRetry?: () => void;
  /** The other try is under way. */
  busy?: boolean;
  title?: string;
}) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <Callout tone="bad" alert>
      <div className="stack-2">
        {title ? <strong>{title}</strong> : null}
        <span>{messageOf(error)}</span>
        {error instanceof ApiError && error.details && error.details !== error.message ? (
          <span className="small soft">{error.details}</span>
        ) : null}
        <div className="row row-wrap">
          {onRetry ? (
            <Button small icon="refresh" busy={busy} onClick={onRetry}>
              Try again
            </Button>
          ) : null}
          {requestId ? (
            <span className="small soft row">
              Request <code>{requestId}</code>
              <Button
                small
                look="quiet"
                icon="copy"
                aria-label="Copy the request id"
                onClick={() => void copyText(requestId, "The request id is copied.")}
              >
                Copy
              </Button>
            </span>
          ) : null}
        </div>
      </div>
    </Callout>
  );
}
