import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, useSearchParams } from "react-router";
import { liveFunnelQuery, overlayQuery } from "~/api/queries.ts";
import { splitsQuery } from "~/api/split-queries.ts";
import type { Campaign } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Segmented } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { FunnelList } from "./funnel-list.tsx";
import { OverlayBar } from "./overlay-bar.tsx";
import { figuresOf, overlayOf } from "./overlays.ts";

const FunnelCanvas = lazy(async () => ({ default: (await import("./funnel-canvas.tsx")).FunnelCanvas }));

/** Steps of what is over are not changed any more. */
export const isOver = ({ status }: Campaign): boolean => status === "completed" || status === "archived";

export function FunnelTab({ campaign }: { campaign: Campaign }) {
  const { id } = campaign;
  const funnel = useQuery(liveFunnelQuery(id));
  const [params, setParams] = useSearchParams();
  // A canvas cuts every node on a phone; the list is the same graph.
  const small = matchMedia("(max-width: 759.98px)").matches;
  const view = params.get("view") ?? (small ? "list" : "canvas");
  const overlay = overlayOf(params.get("overlay"));
  const asShare = params.has("share");
  const set = (changes: Record<string, string | null>) => {
    const next = new URLSearchParams(params);
    for (const [key, value] of Object.entries(changes))
      if (value === null) next.delete(key);
      else next.set(key, value);
    setParams(next, { replace: true });
  };
  const show = (next: string) => set({ view: next });
  const counted = useQuery({ ...overlayQuery(id, overlay ?? "here"), enabled: overlay !== null });
  const splits = useQuery(splitsQuery(id)).data ?? [];
  const figures =
    overlay && counted.data && !counted.isPlaceholderData
      ? figuresOf(overlay, counted.data, campaign.counts.enrolled, asShare)
      : null;
  useCommands([
    {
      id: "funnel.view",
      label: view === "list" ? "Show the funnel as a canvas" : "Show the funnel as a list",
      group: "Funnel",
      keys: "l",
      icon: view === "list" ? "graph" : "list",
      run: () => show(view === "list" ? "canvas" : "list"),
    },
  ]);
  return (
    <div className="funnel">
      <div className="funnel-bar">
        <Segmented
          label="View"
          value={view}
          onChange={show}
          options={[
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
          ]}
        />
        <Keys keys="l" />
        <span className="small soft hide-phone">
          {campaign.has_draft
            ? `Version ${campaign.version} is live; changes to it wait as a draft.`
            : "The campaign's own copy of its funnel. Numbers follow as they happen."}
        </span>
        {isOver(campaign) ? null : (
          <Link className={`${buttonClass("plain", true)} push`} to={paths.campaignSteps(id)}>
            <Icon name="pencil" />
            {campaign.has_draft ? "Open the draft" : "Edit steps"}
          </Link>
        )}
      </div>
      <OverlayBar
        value={overlay}
        asShare={asShare}
        onChange={(next) => set({ overlay: next })}
        onShare={(on) => set({ share: on ? "1" : null })}
      />
      {counted.error ? <ErrorBlock error={counted.error} onRetry={() => void counted.refetch()} /> : null}
      <Async of={funnel}>
        {(data) =>
          view === "list" ? (
            <div className="page-body">
              <section className="panel measure">
                <FunnelList id={id} funnel={data} figures={figures} splits={splits} />
              </section>
            </div>
          ) : (
            <Suspense fallback={<Skeleton lines={6} />}>
              <FunnelCanvas id={id} funnel={data} figures={figures} splits={splits} />
            </Suspense>
          )
        }
      </Async>
    </div>
  );
}
