import { useMutation } from "@tanstack/react-query";
import { get } from "~/api/client.ts";
import type { AuditVerification } from "~/api/types/audit.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout } from "~/ui/states.tsx";

/** Looks, when asked, whether somebody has changed the log behind Overture's back. */
export function Verification() {
  const look = useMutation({
    mutationFn: () => get<AuditVerification>("/api/audit/verification"),
  });
  return (
    <div className="audit-verification">
      <div className="row row-wrap">
        <p className="small soft grow">
          Every line is sealed with the one before. A line that was changed or removed in the database breaks
          the seals.
        </p>
        <Button busy={look.isPending} onClick={() => look.mutate()}>
          <Icon name="shield" />
          Check the log
        </Button>
      </div>
      <div aria-live="polite">
        {look.error ? (
          <ErrorBlock error={look.error} busy={look.isPending} onRetry={() => look.mutate()} />
        ) : null}
        {look.data && !look.isPending ? <Verdict found={look.data} /> : null}
      </div>
    </div>
  );
}

function Verdict({ found }: { found: AuditVerification }) {
  const { whole, lines, waiting, problems } = found;
  const fresh = waiting > 0 ? ` ${plural(waiting, "line")} just came and will be sealed in a moment.` : "";
  if (whole && lines + waiting === 0) return <Callout>There is nothing to check yet.</Callout>;
  if (whole)
    return (
      <Callout tone="good">
        <strong>Nobody has tampered with the log.</strong> All {plural(lines, "line")} are as they were
        written.{fresh}
      </Callout>
    );
  return (
    <Callout tone="bad">
      <strong>The log was tampered with.</strong> Somebody changed it in the database, past Overture. Restore
      it from a backup, and find out who has access.
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </Callout>
  );
}
