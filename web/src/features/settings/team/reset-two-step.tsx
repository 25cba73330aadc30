import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { Teammate } from "~/api/types/team.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** For somebody who has lost phone and recovery codes: their password alone opens their account again. */
export function ResetTwoStep({ teammate: { id, name } }: { teammate: Teammate }) {
  const [sure, setSure] = useState(false);
  const client = useQueryClient();
  const reset = useMutation({
    mutationFn: () => post(`/api/members/${id}/reset-second-factor`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["members"] });
      setSure(false);
      toast(`${name} signs in with their password alone, until they set it up again.`);
    },
  });
  return (
    <div className="stack">
      {reset.error ? <ErrorBlock error={reset.error} /> : null}
      <div className="row row-wrap">
        <p className="grow small soft">
          {sure
            ? `Be sure that it is ${name} who asks you. They sign in with their password alone until they set it up again; passkeys of theirs are removed too.`
            : "Two-step sign-in is on. Reset it for somebody who has lost their phone and their recovery codes."}
        </p>
        {sure ? (
          <Button small look="danger" busy={reset.isPending} onClick={() => reset.mutate()}>
            Yes, reset it
          </Button>
        ) : (
          <Button small onClick={() => setSure(true)}>
            Reset two-step sign-in
          </Button>
        )}
      </div>
    </div>
  );
}
