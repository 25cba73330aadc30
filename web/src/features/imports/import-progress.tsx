import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Import } from "~/api/types/imports.ts";
import { count, percent, span } from "~/lib/format.ts";
import { Bar } from "~/ui/bar.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { secondsLeft } from "./mapping.ts";

export function ImportProgress({ of: data }: { of: Import }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => post(`/api/imports/${data.id}/cancel`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["import", data.id] }),
    onError: (error) => toast(messageOf(error)),
  });
  const left = secondsLeft(data.progress, data.rows_read, data.rows_per_second);
  return (
    <section className="panel running">
      <div className="row">
        <h2>Importing</h2>
        <span className="push strong">{percent(data.progress, 1)}</span>
      </div>
      <Bar tall total={1} label="Import" parts={[{ value: data.progress, fill: "accent", label: "read" }]} />
      <div className="row row-wrap small soft">
        <span>{count(data.rows_read)} rows read</span>
        {data.rows_per_second ? <span>{count(data.rows_per_second)} rows per second</span> : null}
        {left === null ? null : <span>about {span(Math.ceil(left))} left</span>}
        <span className="push" />
        <Button small busy={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel the import
        </Button>
      </div>
      <p className="small muted">It goes on when this page is closed.</p>
    </section>
  );
}
