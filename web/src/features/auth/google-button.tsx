import { useMutation } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";

/** Leaves for Google, and comes back to the page that `body` asks for. */
export function GoogleButton({
  label,
  body,
}: {
  label: string;
  body: { next?: string; invitation?: string };
}) {
  const leave = useMutation({
    mutationFn: () => post<{ url: string }>("/api/auth/google", body),
    onSuccess: ({ url }) => location.assign(url),
  });
  return (
    <>
      {leave.error ? (
        <Callout tone="bad" alert>
          {messageOf(leave.error)}
        </Callout>
      ) : null}
      <Button busy={leave.isPending || leave.isSuccess} onClick={() => leave.mutate()}>
        {label}
      </Button>
    </>
  );
}
