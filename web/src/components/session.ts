import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { forgetCsrf, isSignedOut, post, sessionEnded } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { meQuery, settleIn } from "~/api/queries.ts";
import { stampSession } from "~/api/session.ts";
import type { Me } from "~/api/types/workspace.ts";
import { forgetKept } from "~/lib/kept.ts";
import { unsubscribe } from "~/lib/push.ts";
import { remember } from "~/lib/storage.ts";
import { forgetWaiting } from "~/lib/waiting.ts";
import { paths } from "~/paths.ts";
import { toast } from "~/ui/toast.tsx";

/** All tabs share one session: what one of them did with it is news to the others. */
const NEWS = "overture.workspace";

/** Takes up the session that the server just gave, and goes to `to`. */
export function useEnter(): (me: Me, to: string) => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async (me, to) => {
    forgetCsrf();
    stampSession();
    await client.cancelQueries();
    client.setQueryData(meQuery.queryKey, settleIn(client, me));
    remember(NEWS, `${me.workspace.id} ${Date.now()}`);
    await navigate(to, { replace: true });
  };
}

/** Asks again who we are when another tab signed in or went to another workspace. */
export function useOtherTabs(): void {
  const client = useQueryClient();
  useEffect(() => {
    const listener = (event: StorageEvent) => {
      if (event.key !== NEWS) return;
      forgetCsrf();
      void client.invalidateQueries({ queryKey: meQuery.queryKey });
    };
    window.addEventListener("storage", listener);
    return () => window.removeEventListener("storage", listener);
  }, [client]);
}

/** What this browser kept for when there is no network, what waits, and push. */
export async function leaveNothing(): Promise<void> {
  remember("overture.push", null);
  await Promise.allSettled([forgetKept(), forgetWaiting(), unsubscribe()]);
}

/** On a page for nobody: what somebody read before is forgotten, once nothing on the screen needs it any more. */
export function useForget(): void {
  const client = useQueryClient();
  useEffect(() => client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "setup" }), [client]);
}

/** Ends the session, or `everywhere` all that this person has. */
export function useSignOut(everywhere = false): { run: () => void; isPending: boolean; error: unknown } {
  const navigate = useNavigate();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => post(everywhere ? "/api/auth/logout-everywhere" : "/api/auth/logout"),
    onSuccess: async () => {
      sessionEnded();
      await leaveNothing();
      await navigate(paths.login);
    },
    onError: (error) => {
      if (!everywhere && !isSignedOut(error)) toast(messageOf(error));
    },
  });
  return { run: () => mutate(), isPending, error };
}

/** Goes to another workspace in the same session. */
export function useSwitch(): { run: (workspaceId: string) => void; busy: boolean } {
  const enter = useEnter();
  const navigate = useNavigate();
  const { mutate, isPending } = useMutation({
    mutationFn: (id: string) => post<Me>("/api/auth/switch", { workspace_id: id }),
    onSuccess: async (me) => {
      // First away from a page whose contact or campaign is not in the other workspace.
      await navigate(paths.home);
      await enter(me, paths.home);
      toast(`You are in ${me.workspace.name}.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return { run: mutate, busy: isPending };
}
