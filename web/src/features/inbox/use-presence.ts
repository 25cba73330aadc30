import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { say } from "~/api/live.ts";
import { BEAT_MS, presence, present, TYPING_EVERY_MS } from "~/api/presence.ts";
import { useMe } from "~/components/me.ts";
import { useMembers } from "~/components/owner.tsx";
import { connection } from "~/lib/connection.ts";
import { useStore } from "~/lib/store.ts";

/** Says that this conversation is looked at, for as long as it is and the page is seen. */
export function useViewing(conversation: string): void {
  const live = useStore(connection) === "live";
  const others = Object.keys(useStore(presence)[conversation] ?? {}).join(" ");
  // Who has just come is told at once who is there.
  useEffect(() => {
    if (live && others !== "" && document.visibilityState === "visible") say("viewing", conversation);
  }, [conversation, live, others]);
  useEffect(() => {
    if (!live) return;
    const beat = () => {
      if (document.visibilityState === "visible") say("viewing", conversation);
    };
    say("join:conversation", conversation);
    beat();
    const timer = setInterval(beat, BEAT_MS);
    document.addEventListener("visibilitychange", beat);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", beat);
      say("leave:conversation", conversation);
    };
  }, [conversation, live]);
}

/** What to call at every letter: it is said now and then. */
export function useTyping(conversation: string): (text: string) => void {
  const said = useRef(Number.NEGATIVE_INFINITY);
  return (text) => {
    const at = performance.now();
    if (text === "") {
      said.current = Number.NEGATIVE_INFINITY;
      say("typing:stop", conversation);
    } else if (at - said.current >= TYPING_EVERY_MS) {
      said.current = at;
      say("typing:start", conversation);
    }
  };
}

/** The names of colleagues who are in a conversation now, and of those who write there. */
export function useColleagues(conversation: string): { viewing: string[]; typing: string[] } {
  const all = useStore(presence);
  const me = useMe().member.id;
  const members = useMembers();
  const [, look] = useState(0);
  const client = useQueryClient();
  const stranger = Object.keys(all[conversation] ?? {}).some((id) => !members.some((one) => one.id === id));
  // Somebody who joined after this page was opened.
  useEffect(() => {
    if (stranger) void client.invalidateQueries({ queryKey: ["members"] });
  }, [stranger, client]);
  const known = Object.keys(all[conversation] ?? {}).some((member) => member !== me);
  // What ends by itself is seen to end.
  useEffect(() => {
    if (!known) return;
    const timer = setInterval(() => look((n) => n + 1), 1_500);
    return () => clearInterval(timer);
  }, [known]);
  const named = (ids: readonly string[]) =>
    ids.filter((id) => id !== me).flatMap((id) => members.find((member) => member.id === id)?.name ?? []);
  const { viewing, typing } = present(all, conversation, Date.now());
  return { viewing: named(viewing), typing: named(typing) };
}
