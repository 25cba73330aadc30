import { useMutation, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { connection } from "~/api/live.ts";
import { useMe } from "~/components/me.ts";
import { useStore } from "~/lib/store.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";

/** What the whole product needs to know right now. */
export function Banners() {
  const me = useMe();
  const admin = me.member.role === "admin";
  const state = useStore(connection);
  const client = useQueryClient();
  const resume = useMutation({
    mutationFn: () => post("/api/sending/resume"),
    onSuccess: () => client.invalidateQueries(),
    onError: (error) => toast(messageOf(error)),
  });
  if (state === "offline") {
    return (
      <div className="banner banner-warn" role="status">
        <Icon name="warning" />
        <span className="grow">
          Not connected. What you see may be old; what you write is kept on this device.
        </span>
      </div>
    );
  }
  if (!me.workspace.sending_stopped) return null;
  return (
    <div className="banner" role="status">
      <Icon name="stop" />
      <span className="grow">
        All sending is stopped. Messages wait in their queues{admin ? "." : " until an admin resumes it."}
      </span>
      {admin ? (
        <Button small busy={resume.isPending} onClick={() => resume.mutate()}>
          Resume sending
        </Button>
      ) : null}
    </div>
  );
}
