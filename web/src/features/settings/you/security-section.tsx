import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { del } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { sessionsQuery, twoStepQuery } from "~/api/team-queries.ts";
import type { Session } from "~/api/types/sign-in.ts";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useSignOut } from "~/components/session.ts";
import { Moment, When } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { plural } from "~/lib/format.ts";
import { agentWords, seenWords } from "~/lib/seen.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { GooglePanel } from "./google-panel.tsx";
import { PasskeysPanel } from "./passkeys-panel.tsx";
import { TwoStepPanel } from "./two-step-panel.tsx";
import "./security.css";

/** What I sign in with beside my password, and where I am signed in. */
export function SecuritySection() {
  const sessions = useQuery(sessionsQuery);
  const ways = useQuery(twoStepQuery);
  const everywhere = useSignOut(true);
  const [asking, setAsking] = useState(false);
  // All at once: a panel that comes later would push away what somebody is about to press.
  if (ways.isPending || sessions.isPending) return <Skeleton lines={8} height={32} gap={20} />;
  return (
    <>
      <TwoStepPanel />
      <PasskeysPanel />
      <GooglePanel />
      <p className="soft">
        Where you are signed in. If you do not know one of them, end it and change your password.
      </p>
      <Async of={sessions}>
        {(list) => (
          <section className="panel" aria-labelledby="my-sessions">
            <div className="panel-head">
              <h3 id="my-sessions">{plural(list.length, "session")}</h3>
            </div>
            <ul>
              {list.map((session) => (
                <SessionLine key={session.id} session={session} />
              ))}
            </ul>
          </section>
        )}
      </Async>
      <section className="panel danger">
        <div className="panel-body switch-row row-wrap">
          <div className="grow">
            <h3>Sign out everywhere</h3>
            <p className="small soft">
              Ends all your sessions on all devices and in all workspaces, this one too.
            </p>
          </div>
          <Button look="danger" icon="logout" onClick={() => setAsking(true)}>
            Sign out everywhere
          </Button>
        </div>
      </section>
      {asking ? (
        <ConfirmDialog
          title="Sign out everywhere?"
          verb="End all sessions"
          request={everywhere}
          onConfirm={everywhere.run}
          onClose={() => setAsking(false)}
        >
          <p>
            All your sessions end at once: {plural(sessions.data?.length ?? 1, "session")}, this one too. You
            sign in again with your password.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function SessionLine({ session }: { session: Session }) {
  const now = useWallClock();
  const client = useQueryClient();
  const signOut = useSignOut();
  const agent = agentWords(session.agent);
  const end = useMutation({
    mutationFn: () => del(`/api/sessions/${session.id}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["sessions"] });
      toast(`${agent} is signed out.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <li className="session">
      <Icon name="system" className="icon-lg" />
      <div className="grow">
        <div className="row row-wrap">
          <span className="strong">{agent}</span>
          {session.current ? <Badge tone="good">This one</Badge> : null}
        </div>
        <div className="small soft session-facts">
          <span>{session.address ?? "Address not known"}</span>
          <span>
            Signed in <When at={session.created_at} />
          </span>
          <span>
            Seen <Moment at={session.seen_at}>{seenWords(session.seen_at, now)}</Moment>
          </span>
        </div>
      </div>
      <Button
        small
        look="quiet"
        busy={end.isPending || signOut.isPending}
        aria-label={session.current ? "Sign out of this session" : `End ${agent}`}
        // Signing out takes the cookies away too.
        onClick={() => (session.current ? signOut.run() : end.mutate())}
      >
        {session.current ? "Sign out" : "End"}
      </Button>
    </li>
  );
}
