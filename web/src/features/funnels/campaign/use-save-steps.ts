import { useQueryClient } from "@tanstack/react-query";
import { campaignDraftQuery } from "~/api/campaign-version-queries.ts";
import { get, post, put } from "~/api/client.ts";
import { ApiError } from "~/api/errors.ts";
import type { CampaignDraft } from "~/api/types/campaign-versions.ts";
import type { Funnel } from "~/api/types/funnels.ts";
import { toast } from "~/ui/toast.tsx";
import { isHeap, tidy } from "../tidy.ts";
import type { Base, Builder } from "../use-builder.ts";
import { type Saving, useOnce } from "../use-save.ts";

/** The steps of a campaign as the builder edits them. Its version is the number of the draft's last change. */
export function steps(id: string, name: string, { edit, graph }: CampaignDraft): Base {
  const drawn = isHeap(graph) ? tidy(graph) : graph;
  return { id, version: edit, draft: { name, description: "", graph: drawn } };
}

/** Saves the draft of a campaign's steps. It may have problems: nobody travels it before it is published. */
export function useSaveSteps(builder: Builder, onSaved: (base: Base) => void): Saving {
  const client = useQueryClient();
  const { once, refusal, setRefusal, saving } = useOnce();
  const { base } = builder;
  const id = base.id ?? "";
  const save = () =>
    once(async () => {
      const { draft } = builder;
      if (!builder.dirty) return toast("Nothing has changed since it was saved.");
      try {
        const saved = await put<CampaignDraft>(`/api/campaigns/${id}/draft`, {
          graph: draft.graph,
          edit: base.version,
        });
        client.setQueryData(campaignDraftQuery(id).queryKey, saved);
        void client.invalidateQueries({ queryKey: ["campaign", id] });
        const next = { id, version: saved.edit, draft };
        builder.settle(next);
        toast("Draft saved. Nobody notices before you publish it.");
        onSaved(next);
      } catch (error) {
        if (!(error instanceof ApiError && error.kind === "campaign.draft_newer")) throw error;
        const theirs = await get<CampaignDraft>(`/api/campaigns/${id}/draft`);
        setRefusal({ why: "newer", theirs: steps(id, draft.name, theirs) });
      }
    });
  /** Leaves theirs as it is, and keeps one's own as a funnel. */
  const saveCopy = () =>
    once(async () => {
      const { name, graph } = builder.draft;
      const funnel = await post<Funnel>("/api/funnels", { name: `Steps of ${name}`.slice(0, 200), graph });
      onSaved({ id: funnel.id, version: funnel.version, draft: builder.draft });
      toast("Saved as a funnel of its own.");
    });
  return { save, saveCopy, saving, refusal, dismiss: () => setRefusal(null) };
}
