import { useQuery } from "@tanstack/react-query";
import { Link, useMatch } from "react-router";
import { splitsQuery } from "~/api/split-queries.ts";
import type { FunnelNode } from "~/api/types/funnels.ts";
import { count } from "~/lib/format.ts";
import { paths } from "~/paths.ts";

/** How the variants of this split do, where the steps are those of a campaign. */
export function SplitStanding({ node }: { node: FunnelNode }) {
  const id = useMatch("/campaigns/:id/steps")?.params.id;
  const splits = useQuery({ ...splitsQuery(id ?? ""), enabled: id !== undefined });
  const contest = splits.data?.find((one) => one.node === node.key);
  if (!id || !contest || contest.variants.every(({ people }) => people === 0)) return null;
  return (
    <div className="field split-field">
      <span className="label">
        {contest.decision ? `${contest.decision.winner.toUpperCase()} has won` : "So far"}
      </span>
      <ul className="small">
        {contest.variants.map((line) => (
          <li key={line.key}>
            {line.key.toUpperCase()}: {count(line.answered)} of {count(line.written)} answered
          </li>
        ))}
      </ul>
      <Link className="link small" to={paths.campaign(id)}>
        See the numbers
      </Link>
    </div>
  );
}
