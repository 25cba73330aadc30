import { Link, useRouteError } from "react-router";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty
        title="There is nothing at this address."
        text="It may have been deleted, or the link is not complete."
      >
        <Link className={buttonClass("primary")} to={paths.inbox()}>
          Go to the inbox
        </Link>
      </Empty>
    </Page>
  );
}

/** A part of the page failed. After an update the old pieces are gone, and loading again brings the new ones. */
export function RouteErrorPage() {
  const error = useRouteError();
  return (
    <main className="page-body measure-narrow">
      <h1>This page could not be shown</h1>
      <ErrorBlock error={error} onRetry={() => location.reload()} />
    </main>
  );
}
