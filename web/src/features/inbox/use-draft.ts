import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { put } from "~/api/client.ts";
import { ApiError } from "~/api/errors.ts";
import { draftsQuery } from "~/api/inbox-queries.ts";
import type { ReplyDraft } from "~/api/types/inbox.ts";
import { useMe } from "~/components/me.ts";
import { outbox } from "~/lib/outbox.ts";
import { recallJson, remember } from "~/lib/storage.ts";
import { useStore } from "~/lib/store.ts";
import { putIntoComposer } from "./composer-text.ts";

/** What the server had when this window last agreed with it. */
type Base = { version: number; text: string };
const NOTHING: Base = { version: 0, text: "" };
const SAVE_AFTER_MS = 1_000;

const baseKey = (conversation: string) => `overture.draft-base.${conversation}`;
const recallBase = (conversation: string) => recallJson<Base>(baseKey(conversation), NOTHING);
const rememberBase = (conversation: string, base: Base) =>
  remember(baseKey(conversation), base.version === 0 ? null : JSON.stringify(base));

/** What is to happen when the server's draft and what stands here are compared. */
export function reconcile(here: string, base: Base, there: Base): "same" | "take" | "save" | "ask" {
  if (here === there.text) return "same";
  // Nobody has touched it here since.
  if (here === base.text && there.version !== base.version) return "take";
  if (there.version === base.version) return "save";
  return here.trim() === "" ? "take" : there.text === "" ? "save" : "ask";
}

/** Keeps what is typed on the server, so that neither a closed window nor a second one loses it. */
export function useDraft(conversation: string, here: string) {
  const client = useQueryClient();
  const me = useMe().member.id;
  const drafts = useQuery(draftsQuery(conversation));
  const all = drafts.data ?? [];
  const mine = all.find((draft) => draft.member_id === me);
  const there: Base = mine ? { version: mine.version, text: mine.text } : NOTHING;
  const base = recallBase(conversation);
  // What is on its way, or could not be handed over, stands there as a bubble.
  const isPending = useStore(outbox).some(
    (item) => item.conversationId === conversation && item.text === there.text.trim(),
  );
  const known = drafts.data !== undefined && !isPending;
  const what = known ? reconcile(here, base, there) : "same";
  const saving = useRef(false);
  useEffect(() => {
    if (!known || saving.current) return;
    if (what === "same") rememberBase(conversation, there);
    if (what === "take") {
      rememberBase(conversation, there);
      putIntoComposer(conversation, there.text);
    }
    if (what !== "save") return;
    const save = async () => {
      saving.current = true;
      try {
        const { version } = await put<{ version: number }>(`/api/conversations/${conversation}/draft`, {
          text: here,
          version: there.version,
        });
        const kept = version === 0 ? [] : [{ text: here, version }];
        rememberBase(conversation, { version, text: here });
        client.setQueryData<ReplyDraft[] | undefined>(draftsQuery(conversation).queryKey, (now) => [
          ...(now ?? []).filter((draft) => draft.member_id !== me),
          ...kept.map((part) => ({
            conversation_id: conversation,
            member_id: me,
            member_name: null,
            updated_at: new Date(0).toISOString(),
            ...part,
          })),
        ]);
      } catch (error) {
        // Written elsewhere meanwhile: look. Without a connection the text is kept on this device.
        if (error instanceof ApiError && error.status === 409)
          void client.invalidateQueries({ queryKey: ["drafts", conversation] });
      } finally {
        saving.current = false;
      }
    };
    const timer = setTimeout(() => void save(), SAVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [conversation, known, what, here, there.version, there.text]);
  return {
    /** What stands in another window and is not what stands here. */
    other: what === "ask" ? there.text : null,
    takeOther: () => {
      rememberBase(conversation, there);
      putIntoComposer(conversation, there.text);
    },
    /** Writes what stands here over it. */
    keepMine: () => {
      rememberBase(conversation, there);
      void client.invalidateQueries({ queryKey: ["drafts", conversation] });
    },
    /** It is on its way: nothing is to be kept any more. */
    sent: () => {
      rememberBase(conversation, NOTHING);
      client.setQueryData<ReplyDraft[] | undefined>(draftsQuery(conversation).queryKey, (now) =>
        now?.filter((draft) => draft.member_id !== me),
      );
    },
    colleagues: all.filter((draft) => draft.member_id !== me),
  };
}
