import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { get, post, put } from "~/api/client.ts";
import { ApiError } from "~/api/errors.ts";
import type { Funnel, Problem } from "~/api/types/funnels.ts";
import { toast } from "~/ui/toast.tsx";
import { type Base, type Builder, type Draft, opened } from "./use-builder.ts";
import { checkQuery } from "./use-checks.ts";

/** Why the last save did not happen, as far as a person has to decide something. */
export type Refusal =
  | { why: "name" }
  | { why: "problems"; problems: Problem[] }
  | { why: "newer"; theirs: Base }
  | { why: "failed"; error: unknown };

/** How the builder saves what it edits. */
export type Saving = {
  save: (named?: { name: string; description: string }) => Promise<void>;
  saveCopy: () => Promise<void>;
  saving: boolean;
  refusal: Refusal | null;
  dismiss: () => void;
};
export type UseSave = (builder: Builder, onSaved: (base: Base) => void) => Saving;

const body = ({ name, description, graph }: Draft) => ({ name, description, graph });

/**
 * Saves as the next version of the one that was opened; the server refuses where there is a newer one.
 */
export function useSave(builder: Builder, onSaved: (base: Base) => void): Saving {
  const client = useQueryClient();
  const { once, refusal, setRefusal, saving } = useOnce();
  const settled = (draft: Draft, funnel: Funnel, said: string) => {
    // What was typed while the answer was on its way is still to be saved.
    const base: Base = { id: funnel.id, version: funnel.version, draft };
    client.setQueryData(["funnels", funnel.id], funnel);
    void client.invalidateQueries({ queryKey: ["funnels"], exact: true });
    builder.settle(base);
    toast(said);
    onSaved(base);
  };
  const sound = async (draft: Draft): Promise<boolean> => {
    const problems = await client.fetchQuery(checkQuery(draft.graph));
    const errors = problems.filter(({ severity }) => severity === "error");
    if (errors.length > 0) setRefusal({ why: "problems", problems: errors });
    return errors.length === 0;
  };

  const save = (named?: { name: string; description: string }) =>
    once(async () => {
      const draft = { ...builder.draft, ...named };
      const { base } = builder;
      if (base.id !== null && !builder.dirty && !named)
        return toast(`Nothing has changed since version ${base.version}.`);
      if (draft.name.trim() === "") return setRefusal({ why: "name" });
      if (!(await sound(draft))) return;
      if (base.id === null)
        return settled(draft, await post<Funnel>("/api/funnels", body(draft)), "Saved as version 1.");
      const path = `/api/funnels/${base.id}`;
      try {
        const funnel = await put<Funnel>(path, { ...body(draft), version: base.version });
        settled(draft, funnel, `Saved as version ${funnel.version}.`);
      } catch (error) {
        if (!(error instanceof ApiError && error.kind === "funnel.newer")) throw error;
        setRefusal({ why: "newer", theirs: opened(await get<Funnel>(path)) });
      }
    });

  /** Leaves theirs as it is, and goes on with a funnel of one's own. */
  const saveCopy = () =>
    once(async () => {
      const draft = { ...builder.draft, name: `${builder.draft.name} (my copy)` };
      if (!(await sound(draft))) return;
      settled(draft, await post<Funnel>("/api/funnels", body(draft)), "Saved as a funnel of its own.");
    });

  return { save, saveCopy, saving, refusal, dismiss: () => setRefusal(null) };
}

/** Runs one save at a time, and keeps why it did not happen. */
export function useOnce() {
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [saving, setSaving] = useState(false);
  const running = useRef(false);

  const once = async (work: () => Promise<void>) => {
    if (running.current) return;
    running.current = true;
    setSaving(true);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      setRefusal({ why: "failed", error });
    } finally {
      running.current = false;
      setSaving(false);
    }
  };
  return { once, refusal, setRefusal, saving };
}

/** Makes another one of the same steps. */
export async function duplicate(funnel: Funnel): Promise<Funnel> {
  const { draft } = opened(funnel);
  return post<Funnel>("/api/funnels", body({ ...draft, name: `Copy of ${draft.name}`.slice(0, 200) }));
}
