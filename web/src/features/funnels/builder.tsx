import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useBlocker, useNavigate, useSearchParams } from "react-router";
import type { Graph } from "~/api/types/funnels.ts";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { useSmall } from "~/lib/use-small.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { Segmented } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Callout, Skeleton } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { useBuilderCommands } from "./commands.ts";
import { Dock } from "./dock.tsx";
import { addAfter, addBranch, addFirst, insertOn, mayFollow, nodeAt, remove as removed } from "./edits.ts";
import { FunnelExport } from "./funnel-export.tsx";
import type { Host } from "./host.ts";
import { type Anchor, KindMenu } from "./kind-menu.tsx";
import { OutlineView } from "./outline-view.tsx";
import { ReachedContext } from "./rehearsal.ts";
import { LeaveDialog, SaveDialogs, WordsDialog } from "./save-dialogs.tsx";
import { AskKindContext } from "./step-card.tsx";
import { forget, type Stored } from "./stored-draft.ts";
import type { Loose } from "./text-view.tsx";
import { tidy } from "./tidy.ts";
import { type Base, type Spot, useBuilder, type Workbench, WorkbenchContext } from "./use-builder.ts";
import { useChecks } from "./use-checks.ts";
import { useClipboard } from "./use-clipboard.ts";
import { useKeep } from "./use-keep.ts";

const TryPanel = lazy(async () => ({ default: (await import("./try-panel.tsx")).TryPanel }));
const TextView = lazy(async () => ({ default: (await import("./text-view.tsx")).TextView }));
const Canvas = lazy(async () => ({ default: (await import("./canvas.tsx")).Canvas }));

/** The builder of one funnel, or of the steps of one campaign. */
export function FunnelBuilder({
  host,
  first,
  restored,
  theirs,
  onReload,
}: {
  host: Host;
  first: Base;
  /** What was left unsaved here. */
  restored: Stored | null;
  /** What the server has, as far as it is known. */
  theirs: Base;
  /** Begins anew with what the server has. */
  onReload: (base: Base) => void;
}) {
  const me = useMe();
  const navigate = useNavigate();
  const small = useSmall();
  const [params, setParams] = useSearchParams();
  const asked = params.get("view");
  const view =
    asked === "yaml" ? "yaml" : asked === "list" || (small && asked !== "canvas") ? "list" : "canvas";
  const [loose, setLoose] = useState<Loose>(null);
  const [trying, setTrying] = useState(false);
  const [reached, setReached] = useState<ReadonlyMap<string, number> | null>(null);
  const builder = useBuilder(first, restored?.draft ?? null);
  const { graph, draft, base, dirty, edit, select, open } = builder;
  const checks = useChecks(graph);
  const [spot, setSpot] = useState<{ spot: Spot; anchor: Anchor | null } | null>(null);
  const [renaming, setRenaming] = useState(false);
  const [showChecks, setShowChecks] = useState(false);
  const [told, setTold] = useState(restored !== null);
  /** Nothing here is to be kept any more. */
  const given = useRef(false);

  const kept = host.keptAs(me.member.id, base.id);
  useKeep(kept, builder, given);
  const begin = (from: Base) => {
    given.current = true;
    forget(kept);
    onReload(from);
  };
  const save = host.useSave(builder, (saved) => {
    forget(kept);
    setTold(false);
    if (saved.id !== base.id && saved.id !== null) {
      given.current = true;
      void navigate(`${paths.funnel(saved.id)}${view === "list" ? "?view=list" : ""}`, { replace: true });
    }
  });
  const latest = useRef(graph);
  latest.current = graph;
  const remove = useCallback(
    (keys: Iterable<string>) => {
      const gone = [...keys];
      if (gone.length === 0) return;
      let left: Graph | null = null;
      edit((now) => {
        left = removed(now, gone);
        return left;
      });
      select([]);
      toast(`${plural(gone.length, "step")} deleted.`, {
        label: "Undo",
        run: () => {
          if (latest.current === left) builder.undo();
          else toast("More has changed since. Undo it step by step.");
        },
      });
    },
    [edit, select, builder.undo],
  );
  const clipboard = useClipboard(builder, { connect: view === "list", remove });
  const focusEditor = useCallback(() => {
    setShowChecks(false);
    // The editor of the step is there once React has drawn it.
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>("#dock :is(input:not([type=checkbox]), textarea)")?.focus(),
    );
  }, []);
  const askKind = useCallback((next: Spot, beside: Element | null) => {
    const box = beside?.getBoundingClientRect();
    setSpot({ spot: next, anchor: box ? { left: box.left, top: box.top, bottom: box.bottom } : null });
  }, []);
  // Choosing a step leads back from the checks to its editor.
  useEffect(() => {
    if (open !== null) setShowChecks(false);
    // On a phone the rehearsal covers the step that was chosen in it.
    if (open !== null && small) setTrying(false);
  }, [open, small]);
  const bench: Workbench = { ...builder, checks, askKind, remove, focusEditor, ...clipboard };

  const add = (type: string) => {
    const at = spot?.spot;
    setSpot(null);
    if (!at) return;
    const put =
      at.where === "after"
        ? addAfter(graph, at.key, type)
        : at.where === "branch"
          ? addBranch(graph, at.key, type)
          : at.where === "on"
            ? insertOn(graph, at.at, type)
            : addFirst(graph, type);
    if (!put) return;
    edit(() => put.graph);
    select([put.key]);
    focusEditor();
  };
  const show = (next: string) =>
    setParams(next === "canvas" && !small ? {} : { view: next }, { replace: true });
  useBuilderCommands(bench, {
    view,
    show,
    save: () => void save.save(),
    tidy: () => edit(tidy),
  });
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      dirty && !given.current && currentLocation.pathname !== nextLocation.pathname,
  );
  useCommands([
    ...(host.isNamed
      ? [
          {
            id: "funnel.rename",
            label: "Rename the funnel",
            group: "Funnel",
            icon: "pencil" as const,
            run: () => setRenaming(true),
          },
        ]
      : []),
    {
      id: "funnel.try",
      label: "Try the funnel with a contact or made-up people",
      group: "Funnel",
      icon: "play",
      run: () => setTrying(true),
    },
  ]);
  const name = draft.name || "New funnel";
  const stale = theirs.version > base.version;
  const dockOpen = trying || (view === "yaml" ? showChecks : !small || open !== null || showChecks);
  return (
    <WorkbenchContext value={bench}>
      <AskKindContext value={askKind}>
        <ReachedContext value={reached}>
          <Page
            title={name}
            back={host.back}
            badges={
              <>
                {host.isNamed ? (
                  <IconButton icon="pencil" label="Rename" onClick={() => setRenaming(true)} />
                ) : null}
                <span className="hide-phone">
                  <Badge>{host.badge(base)}</Badge>
                </span>
                {dirty ? <Badge tone="warn">Unsaved</Badge> : null}
              </>
            }
            actions={
              <>
                <IconButton icon="undo" label="Undo" disabled={!builder.canUndo} onClick={builder.undo} />
                <IconButton icon="redo" label="Redo" disabled={!builder.canRedo} onClick={builder.redo} />
                <Button
                  look={host.Actions ? "plain" : "primary"}
                  busy={save.saving}
                  keys="mod+s"
                  onClick={() => void save.save()}
                >
                  {host.words.save}
                </Button>
                {host.Actions ? <host.Actions builder={builder} saving={save} /> : null}
              </>
            }
            flush
          >
            <div className="builder">
              <div className="builder-bar">
                <ViewSwitch view={view} onChange={show} />
                {small || view === "yaml" ? null : (
                  <Button small look="quiet" icon="tidy" onClick={() => edit(tidy)}>
                    Tidy
                  </Button>
                )}
                <Button
                  small
                  icon="play"
                  look={trying ? "primary" : "plain"}
                  aria-pressed={trying}
                  onClick={() => setTrying(!trying)}
                >
                  Try it
                </Button>
                <FunnelExport draft={draft} dirty={dirty} />
                <CheckButton
                  bench={bench}
                  onPress={() => {
                    select([]);
                    setShowChecks((small || view === "yaml") && !showChecks);
                  }}
                />
              </div>
              {told || stale ? (
                <Callout tone={stale ? "warn" : "info"}>
                  {told ? "Your unsaved changes are back. " : ""}
                  {stale
                    ? `${capitalised(host.words.numbered(theirs.version))} of ${host.words.this} was saved elsewhere${dirty ? "; saving yours asks what to do" : ""}.`
                    : ""}
                  {told || !dirty ? (
                    <Button small onClick={() => begin(theirs)}>
                      {dirty ? "Discard mine" : "Show it"}
                    </Button>
                  ) : null}
                </Callout>
              ) : null}
              <div className={dockOpen ? "builder-work" : "builder-work builder-alone"}>
                {/* On a phone the editor of a step covers it. */}
                <div className="builder-view" inert={small && dockOpen}>
                  {view === "yaml" ? (
                    <Suspense fallback={<Skeleton lines={12} />}>
                      <TextView loose={loose} setLoose={setLoose} />
                    </Suspense>
                  ) : view === "list" ? (
                    <OutlineView />
                  ) : (
                    <Suspense fallback={<Skeleton lines={6} />}>
                      <Canvas readOnly={small} />
                    </Suspense>
                  )}
                </div>
                {trying ? (
                  <Suspense fallback={<Skeleton lines={6} />}>
                    <TryPanel onClose={() => setTrying(false)} onCounts={setReached} />
                  </Suspense>
                ) : dockOpen ? (
                  <Dock
                    showChecks={showChecks}
                    onClose={
                      small || view === "yaml"
                        ? () => {
                            select([]);
                            setShowChecks(false);
                          }
                        : undefined
                    }
                  />
                ) : null}
              </div>
            </div>
          </Page>
          {spot ? (
            <KindMenu
              title="Add a step"
              anchor={small ? null : spot.anchor}
              allowed={(kind) => allowed(bench, spot.spot, kind.type, kind.ways === "none")}
              onPick={add}
              onClose={() => setSpot(null)}
            />
          ) : null}
          {renaming ? (
            <WordsDialog
              title="Name and purpose"
              verb="Done"
              {...draft}
              onSave={(words) => {
                builder.describe(words);
                setRenaming(false);
              }}
              onClose={() => setRenaming(false)}
            />
          ) : null}
          <SaveDialogs
            refusal={save.refusal}
            words={host.words}
            version={base.version}
            saving={save.saving}
            onName={(words) => {
              builder.describe(words);
              void save.save(words);
            }}
            onCopy={() => void save.saveCopy()}
            onTheirs={begin}
            onRetry={() => void save.save()}
            onClose={save.dismiss}
          />
          {blocker.state === "blocked" ? (
            <LeaveDialog
              onStay={() => blocker.reset()}
              onKeep={() => blocker.proceed()}
              onDiscard={() => {
                given.current = true;
                forget(kept);
                blocker.proceed();
              }}
            />
          ) : null}
        </ReachedContext>
      </AskKindContext>
    </WorkbenchContext>
  );
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What may go to a spot: an end only where it cuts nobody's way. */
function allowed({ graph }: Workbench, spot: Spot, type: string, ends: boolean): boolean {
  if (!ends) return true;
  if (spot.where === "branch") return nodeAt(graph, spot.key) !== undefined;
  return spot.where === "after" && mayFollow(graph, spot.key, type);
}

function ViewSwitch({ view, onChange }: { view: string; onChange: (view: string) => void }) {
  const options = useMemo(
    () => [
      {
        value: "canvas",
        label: (
          <>
            <Icon name="graph" />
            Canvas
          </>
        ),
      },
      {
        value: "list",
        label: (
          <>
            <Icon name="list" />
            List
          </>
        ),
      },
      {
        value: "yaml",
        label: (
          <>
            <Icon name="file" />
            YAML
          </>
        ),
      },
    ],
    [],
  );
  return (
    <>
      <Segmented label="View" value={view} onChange={onChange} options={options} />
      <span className="hide-phone">
        <Keys keys="l" />
      </span>
    </>
  );
}

/** How the funnel stands, in one button; a press shows the list of what is wrong. */
function CheckButton({ bench: { checks }, onPress }: { bench: Workbench; onPress: () => void }) {
  const { errors, warnings, error, pending } = checks;
  const words = error
    ? "Cannot be checked now"
    : errors > 0
      ? plural(errors, "problem")
      : warnings > 0
        ? plural(warnings, "warning")
        : "No problems";
  const tone = error || errors > 0 ? "bad" : warnings > 0 ? "warn" : "good";
  return (
    <button type="button" className={`check-button check-${tone} push`} aria-busy={pending} onClick={onPress}>
      <Icon name={tone === "good" ? "check" : "warning"} />
      <span role="status">{words}</span>
    </button>
  );
}
