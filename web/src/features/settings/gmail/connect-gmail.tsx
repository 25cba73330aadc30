import { useMutation } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Sender } from "~/api/types/senders.ts";
import { useMe } from "~/components/me.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";

/** Sends the browser to Google's consent page; it comes back to the page of senders. */
function useConsent() {
  return useMutation({
    mutationFn: (sender: Sender | null) =>
      post<{ url: string }>("/api/gmail/connect", sender ? { sender_id: sender.id } : {}),
    onSuccess: ({ url }) => location.assign(url),
    onError: (error) => toast(messageOf(error)),
  });
}

/** Live, the workspace's own app at Google asks: `onApp` opens where it is entered. */
export function ConnectGmail({ onApp }: { onApp: () => void }) {
  const me = useMe();
  const consent = useConsent();
  const live = me.workspace.send_mode === "live";
  return (
    <>
      {live ? (
        <Button look="quiet" onClick={onApp}>
          Google app
        </Button>
      ) : null}
      <Button icon="email" busy={consent.isPending} onClick={() => consent.mutate(null)}>
        Connect Gmail
      </Button>
    </>
  );
}

/** One click from a sender that Google refuses to its consent page. */
export function Reconnect({ sender }: { sender: Sender }) {
  const consent = useConsent();
  const verb = sender.connection === "missing" ? "Connect" : "Reconnect";
  return (
    <Button
      small
      look="primary"
      busy={consent.isPending}
      aria-label={`${verb} ${sender.address}`}
      onClick={() => consent.mutate(sender)}
    >
      {verb}
    </Button>
  );
}
