import { useQuery } from "@tanstack/react-query";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { Reason } from "~/api/types/icp.ts";
import { Badge } from "~/ui/badge.tsx";
import { Icon } from "~/ui/icon.tsx";
import { bandOf, criterionWords, signed } from "./words.ts";
import "./icp.css";

/** A score and what it means. */
export function ScoreBadge({ score }: { score: number }) {
  const { label, range, tone } = bandOf(score);
  return (
    <Badge tone={tone} title={`${label}: ${range} points`}>
      {score} · {label}
    </Badge>
  );
}

const iconOf = ({ is_met, weight }: Reason) => (!is_met ? "cross" : weight < 0 ? "warning" : "check");
const lookOf = ({ is_met, weight }: Reason) =>
  !is_met ? "icp-unmet" : weight < 0 ? "icp-speaks-against" : "";

/** What it brought; of what would bring something, how much that is. */
function pointsOf({ is_met, weight, points }: Reason): string {
  if (is_met) return signed(points);
  return weight > 0 ? `0 of ${weight}` : "0";
}

/** Why there are points, and what would bring more: each names its field and its rule. */
export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const custom = useQuery(customFieldsQuery).data ?? [];
  return (
    <ul className="icp-reasons">
      {reasons.map((reason, at) => {
        const rule = criterionWords(reason, custom);
        return (
          <li key={at} className={`icp-reason ${lookOf(reason)}`}>
            <Icon name={iconOf(reason)} />
            <span className="icp-why">
              {reason.label ? <span className="strong">{reason.label}</span> : null}
              <span className={reason.label ? "soft" : undefined}>{rule}</span>
            </span>
            <span className="icp-points">
              {reason.is_met ? null : <span className="sr-only">Not so: </span>}
              {pointsOf(reason)}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
