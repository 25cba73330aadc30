import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { ApprovedMany, Draft } from "~/api/types/drafts.ts";
import { plural } from "~/lib/format.ts";
import { toast } from "~/ui/toast.tsx";

/** Nobody is handed an approved message within these seconds: as long as the way back is shown. */
const UNDO_SECONDS = 10;

type Deed =
  | { draft: Draft; how: "approve"; text?: string; subject?: string | undefined }
  | { draft: Draft; how: "reject"; reason: string; goesOn?: boolean }
  | { draft: Draft; how: "hold"; at: number };

function send(deed: Deed): Promise<unknown> {
  const { draft } = deed;
  const path = `/api/drafts/${draft.id}`;
  switch (deed.how) {
    case "approve": {
      const { text, subject } = deed;
      return post(`${path}/approve`, {
        revision: draft.revision,
        undo_seconds: UNDO_SECONDS,
        ...(text === undefined ? {} : { text }),
        ...(subject === undefined ? {} : { subject }),
      });
    }
    case "reject":
      return post(`${path}/reject`, {
        revision: draft.revision,
        reason: deed.reason,
        ...(deed.goesOn ? { afterwards: "go_on", undo_seconds: UNDO_SECONDS } : {}),
      });
    case "hold":
      return patch(path, { revision: draft.revision, not_before: new Date(deed.at).toISOString() });
  }
}

const DONE = { approve: "Approved", reject: "Rejected", hold: "Held" } as const;

/**
 * What is done with drafts. One that is dealt with leaves the list at the key press, so that the next one is there
 * at once; it comes back where the server says no, and where somebody takes it back.
 */
export function useDrafts() {
  const client = useQueryClient();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const leave = (ids: readonly string[]) => setGone((now) => new Set([...now, ...ids]));
  const comeBack = (ids: readonly string[]) =>
    setGone((now) => new Set([...now].filter((id) => !ids.includes(id))));
  const stale = () => {
    for (const key of ["drafts", "messages", "conversations"])
      void client.invalidateQueries({ queryKey: [key] });
  };
  const undo = async (ids: readonly string[], how: "reopen" | "unhold") => {
    try {
      await Promise.all(
        ids.map((id) =>
          how === "reopen"
            ? post(`/api/drafts/${id}/reopen`)
            : patch(`/api/drafts/${id}`, { not_before: new Date(0).toISOString() }),
        ),
      );
    } catch (error) {
      toast(messageOf(error));
    }
    comeBack(ids);
    stale();
  };
  const deal = useMutation({
    mutationFn: send,
    onMutate: ({ draft }) => leave([draft.id]),
    onSuccess: (_, { draft, how }) =>
      toast(`${DONE[how]}: ${draft.contact_name}`, {
        label: "Undo",
        run: () => void undo([draft.id], how === "hold" ? "unhold" : "reopen"),
      }),
    onError: (error, { draft }) => {
      comeBack([draft.id]);
      toast(messageOf(error));
    },
    onSettled: stale,
  });
  const many = useMutation({
    mutationFn: (drafts: readonly Draft[]) =>
      post<ApprovedMany>("/api/drafts/approve", {
        ids: drafts.map(({ id }) => id),
        count: drafts.length,
        undo_seconds: UNDO_SECONDS,
      }),
    onSuccess: ({ approved, refused }) => {
      leave(approved);
      const left =
        refused.length === 0 ? "" : ` ${plural(refused.length, "draft")} stayed: ${refused[0]?.message}`;
      toast(`Approved ${plural(approved.length, "draft")}.${left}`, {
        label: "Undo",
        run: () => void undo(approved, "reopen"),
      });
    },
    onError: (error) => toast(messageOf(error)),
    onSettled: stale,
  });
  const save = useMutation({
    mutationFn: ({ draft, ...edit }: { draft: Draft; text: string; subject?: string | undefined }) =>
      patch<Draft>(`/api/drafts/${draft.id}`, { ...edit, revision: draft.revision }),
    onError: (error) => toast(messageOf(error)),
    onSettled: stale,
  });
  const decide = useMutation({
    mutationFn: ({ draft, decision }: { draft: Draft; decision: "sent" | "resend" | "drop" }) =>
      post(`/api/messages/${draft.id}/decide`, { decision }),
    onError: (error) => toast(messageOf(error)),
    onSettled: stale,
  });
  return { gone, forget: () => setGone(new Set()), deal: deal.mutate, many, save, decide };
}
