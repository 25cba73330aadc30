import type { ReactNode } from "react";
import { Skeleton } from "~/ui/states.tsx";
import { ErrorBlock } from "./error-block.tsx";

type Source<T> = { data: T | undefined; error: unknown; isPending: boolean; refetch: () => unknown };

/** The three states of one answer: a skeleton, the error, or the thing. Old data stays under a failed refresh. */
export function Async<T>({
  of,
  skeleton,
  children,
}: {
  of: Source<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (of.data === undefined) {
    if (of.error) {
      return (
        <div style={{ padding: 16 }}>
          <ErrorBlock error={of.error} onRetry={() => void of.refetch()} />
        </div>
      );
    }
    return skeleton ?? <Skeleton lines={6} />;
  }
  return children(of.data);
}
