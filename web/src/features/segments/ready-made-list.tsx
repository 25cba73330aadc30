import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { Segment } from "~/api/types/sets.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { ruleWords } from "~/components/rule/words.ts";
import { useNames } from "~/components/sets.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { READY_MADE } from "./ready-made.ts";

/** Segments to begin with: a copy is one's own, and is changed like any other. */
export function ReadyMade() {
  const names = useNames();
  const client = useQueryClient();
  const copy = useMutation({
    mutationFn: ({ name, rule }: (typeof READY_MADE)[number]) =>
      post<Segment>("/api/segments", { name, rule }),
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: ["segments"] });
      toast(`${name} is copied, and keeps itself up to date.`);
    },
  });
  return (
    <section className="ready-made" aria-labelledby="ready-made">
      <h2 id="ready-made">Or copy one of these</h2>
      {copy.error ? <ErrorBlock error={copy.error} title="It was not copied." /> : null}
      <ul className="panel">
        {READY_MADE.map((one) => (
          <li className="ready-made-line" key={one.name}>
            <div className="grow">
              <span className="strong">{one.name}</span>
              <p className="small soft">{one.use}</p>
              <p className="small muted">{ruleWords(one.rule, names)}</p>
            </div>
            <Button
              small
              icon="copy"
              aria-label={`Copy ${one.name}`}
              busy={copy.isPending && copy.variables === one}
              onClick={() => copy.mutate(one)}
            >
              Copy
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
