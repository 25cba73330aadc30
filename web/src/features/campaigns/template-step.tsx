import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { funnelsQuery } from "~/api/queries.ts";
import type { FunnelSummary } from "~/api/types/funnels.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { MiniFunnel } from "~/components/funnel/mini-funnel.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";

export function TemplateStep({
  chosen,
  onPick,
}: {
  chosen: string;
  onPick: (funnel: FunnelSummary) => void;
}) {
  const funnels = useQuery(funnelsQuery);
  return (
    <Async of={funnels}>
      {(list) =>
        list.length === 0 ? (
          <Empty
            title="There is no funnel yet."
            text="A campaign runs on one: who gets which message, and when."
          >
            <Link className={buttonClass("primary")} to={paths.newFunnel}>
              Build a funnel
            </Link>
          </Empty>
        ) : (
          <ul className="templates">
            {list.map((funnel) => (
              <li key={funnel.id}>
                <button
                  type="button"
                  className="template"
                  aria-pressed={funnel.id === chosen}
                  onClick={() => onPick(funnel)}
                >
                  <MiniFunnel graph={funnel.graph} />
                  <span className="template-text">
                    <span className="strong">{funnel.name}</span>
                    <span className="small soft">{funnel.description}</span>
                    <span className="row row-wrap small soft template-foot">
                      {funnel.channels.map((channel) => (
                        <ChannelMark key={channel} channel={channel} label />
                      ))}
                      <span className="push">{plural(funnel.node_count, "step")}</span>
                    </span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        )
      }
    </Async>
  );
}
