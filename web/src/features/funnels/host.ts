import type { ComponentType } from "react";
import { paths } from "~/paths.ts";
import { draftKey } from "./stored-draft.ts";
import type { Base, Builder } from "./use-builder.ts";
import { type Saving, type UseSave, useSave } from "./use-save.ts";

/** Whose steps the builder edits: a funnel's, or those of one campaign. */

export type HostWords = {
  /** As in "somebody has saved …". */
  this: string;
  /** As in "you began with …". */
  numbered: (version: number) => string;
  save: string;
  copy: string;
};

export type Host = {
  back: { to: string; label: string };
  words: HostWords;
  /** What the badge beside the name says. */
  badge: (base: Base) => string;
  /** Whether its name and purpose are changed here. */
  isNamed: boolean;
  /** Under which name this browser keeps what is not saved. */
  keptAs: (member: string, id: string | null) => string;
  useSave: UseSave;
  /** What else can be done, before the button that saves. */
  Actions?: ComponentType<{ builder: Builder; saving: Saving }>;
};

export const FUNNEL: Host = {
  back: { to: paths.funnels, label: "All funnels" },
  words: {
    this: "this funnel",
    numbered: (version) => `version ${version}`,
    save: "Save",
    copy: "Save as my copy",
  },
  badge: (base) => (base.id === null ? "Not saved yet" : `Version ${base.version}`),
  isNamed: true,
  keptAs: draftKey,
  useSave,
};
