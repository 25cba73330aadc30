import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { sendersQuery } from "~/api/queries.ts";
import type { Sender } from "~/api/types/senders.ts";
import { useMe } from "~/components/me.ts";
import { RestoredDialog } from "~/components/restored-dialog.tsx";
import { WaitingList } from "~/components/waiting-list.tsx";
import { connection } from "~/lib/connection.ts";
import { clockTime, count } from "~/lib/format.ts";
import { heardAt, shownSince } from "~/lib/kept.ts";
import { useStore } from "~/lib/store.ts";
import { waiting } from "~/lib/waiting.ts";
import { newVersion, takeNewVersion } from "~/lib/worker.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";

const PROVIDERS: Record<string, string> = { gmail: "Google", tiktok: "TikTok" };

/** What the whole product needs to know right now. */
export function Banners() {
  return (
    <div className="banners">
      <MainBanner />
      <WaitingBanner />
      <NewVersion />
    </div>
  );
}

/** What was done without a connection, all of it, wherever it was done. */
function WaitingBanner() {
  const items = useStore(waiting);
  if (items.length === 0) return null;
  const refused = items.filter(({ state }) => state === "refused").length;
  const waits = items.length - refused;
  const words = [
    waits > 0 ? `${count(waits)} ${waits === 1 ? "thing waits" : "things wait"} for the connection` : "",
    refused > 0 ? `${count(refused)} ${refused === 1 ? "was" : "were"} refused` : "",
  ].filter((part) => part !== "");
  return (
    <details className="banner banner-warn banner-waiting">
      <summary>{words.join(", ")}.</summary>
      <WaitingList items={items} linked />
    </details>
  );
}

/** The server has a newer page than this one. What is being written is kept. */
function NewVersion() {
  const isThere = useStore(newVersion);
  if (!isThere) return null;
  return (
    <div className="banner" role="status">
      <Icon name="refresh" />
      <span className="grow">A new version is running. What you are writing is kept.</span>
      <Button small onClick={() => void takeNewVersion()}>
        Reload
      </Button>
    </div>
  );
}

function MainBanner() {
  const me = useMe();
  const admin = me.member.role === "admin";
  const state = useStore(connection);
  const shown = useStore(shownSince);
  const heard = useStore(heardAt);
  const since = shown ?? heard;
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
          {since === null
            ? "Not connected. What you see may be old; what you do waits here."
            : `You are offline; showing what was there at ${clockTime(since)}. What you do waits here.`}
        </span>
      </div>
    );
  }
  if (!me.workspace.sending_stopped) return <ToReconnect admin={admin} />;
  if (me.workspace.sending_restored) return <RestoredBanner admin={admin} />;
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

/** Nothing leaves until an admin has said what becomes of messages that may have left before. */
function RestoredBanner({ admin }: { admin: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="banner" role="status">
      <Icon name="stop" />
      <span className="grow">
        A backup seems to have been restored. Nothing leaves until {admin ? "you say" : "an admin says"} what
        becomes of messages that may have left already.
      </span>
      {admin ? (
        <Button small onClick={() => setOpen(true)}>
          Look and decide
        </Button>
      ) : null}
      {open ? <RestoredDialog onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

/** Whether only a person can let us in again. */
const isShut = (sender: Sender) =>
  sender.connection === "reconnect" || sender.access?.state === "reauthorise";

/** Senders that their provider lets in no more: their messages wait until somebody authorises us again. */
function ToReconnect({ admin }: { admin: boolean }) {
  const senders = useQuery(sendersQuery);
  const [first, ...others] = (senders.data ?? []).filter(isShut);
  if (!first) return null;
  const who = others.length === 0 ? first.address : `${first.address} and ${count(others.length)} more`;
  return (
    <div className="banner banner-warn" role="status">
      <Icon name="warning" />
      <span className="grow">
        {PROVIDERS[first.provider] ?? "Its provider"} no longer lets us in to {who}. Messages wait in their
        queues
        {admin ? "." : " until an admin reconnects it."}
      </span>
      {admin ? (
        <Link className={buttonClass("plain", true)} to={paths.settings("senders")}>
          {first.connection ? "Reconnect" : "Reauthorise"}
        </Link>
      ) : null}
    </div>
  );
}
