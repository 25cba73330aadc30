import { messageOf } from "~/api/errors.ts";
import type { Me } from "~/api/types/workspace.ts";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { usePasskey } from "./use-passkey.ts";

export function PasskeyButton({ onDone }: { onDone: (me: Me) => void | Promise<void> }) {
  const enter = usePasskey(onDone);
  return (
    <>
      {enter.error ? (
        <Callout tone="bad" alert>
          {messageOf(enter.error)}
        </Callout>
      ) : null}
      <Button busy={enter.isPending} onClick={() => enter.mutate()}>
        Sign in with a passkey
      </Button>
    </>
  );
}
