import { ApiError, messageOf } from "~/api/errors.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";

/** What happened, and the way on: the id to quote, and another try. */
export function ErrorBlock({
  error,
  onRetry,
  title,
}: {
  error: unknown;
  onRetry?: () => void;
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
            <Button small icon="refresh" onClick={onRetry}>
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
                onClick={() => {
                  void navigator.clipboard?.writeText(requestId).then(() => toast("Request id copied."));
                }}
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
