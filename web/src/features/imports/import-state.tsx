import type { Import } from "~/api/types/imports.ts";
import { ImportBadge } from "~/components/state-badge.tsx";
import { Badge } from "~/ui/badge.tsx";

/** How far an import is; one that was taken back says that instead. */
export function ImportState({ of: { status, undo } }: { of: Import }) {
  if (undo?.status === "done") return <Badge>Undone</Badge>;
  if (undo?.status === "running") return <Badge tone="info">Being undone</Badge>;
  return <ImportBadge status={status} />;
}
