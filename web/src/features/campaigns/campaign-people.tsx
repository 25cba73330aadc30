import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { liveFunnelQuery, peopleQuery } from "~/api/queries.ts";
import type { EnrollmentStatus, Person } from "~/api/types/campaigns.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { EnrollmentBadge } from "~/components/state-badge.tsx";
import { When } from "~/components/time-ago.tsx";
import { words } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";

const STATES: { value: EnrollmentStatus | ""; label: string }[] = [
  { value: "", label: "Any state" },
  { value: "active", label: "Active" },
  { value: "waiting", label: "Queued" },
  { value: "paused", label: "Held" },
  { value: "completed", label: "Finished" },
  { value: "exited", label: "Left" },
  { value: "failed", label: "Failed" },
];

/** Everybody in the campaign: where they stand, what comes next, and why a message has not left. */
export function CampaignPeople({ id }: { id: string }) {
  const [params, setParams] = useSearchParams();
  const status = params.get("status") ?? "";
  const node = params.get("node") ?? "";
  const list = useInfiniteQuery(peopleQuery(id, { status, node }));
  const funnel = useQuery(liveFunnelQuery(id));
  const change = (key: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value === "") next.delete(key);
    else next.set(key, value);
    setParams(next, { replace: true });
  };
  const people = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <div className="filters">
        <select
          className="input"
          aria-label="State"
          value={status}
          onChange={(event) => change("status", event.target.value)}
        >
          {STATES.map((item) => (
            <option key={item.value} value={item.value}>
              {item.label}
            </option>
          ))}
        </select>
        <select
          className="input"
          aria-label="Step"
          value={node}
          onChange={(event) => change("node", event.target.value)}
        >
          <option value="">Any step</option>
          {(funnel.data?.nodes ?? []).map((item) => (
            <option key={item.key} value={item.key}>
              {item.name}
            </option>
          ))}
        </select>
      </div>
      {list.error ? (
        <div className="page-body">
          <ErrorBlock error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : null}
      {list.isPending ? <Skeleton lines={10} height={20} gap={20} /> : null}
      {list.data && people.length === 0 ? (
        status !== "" || node !== "" ? (
          <Empty title="Nobody is there right now." text="People move on as the campaign runs.">
            <Button onClick={() => setParams({}, { replace: true })}>Show everybody</Button>
          </Empty>
        ) : (
          <Empty title="Nobody is in this campaign yet." text="People join when it starts." />
        )
      ) : null}
      {people.length > 0 ? (
        <ul className="people">
          {people.map((person) => (
            <PersonLine key={person.enrollment_id} person={person} />
          ))}
        </ul>
      ) : null}
      {list.hasNextPage ? (
        <div className="more-row">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}

function PersonLine({ person }: { person: Person }) {
  const ended = person.status === "completed" || person.status === "exited";
  return (
    <li className="person">
      <span className="person-name">
        <Link className="strong clip" to={paths.contact(person.contact_id)}>
          {person.contact_name || person.email || "No name"}
        </Link>
        <span className="small muted clip">{person.contact_name ? person.email : null}</span>
      </span>
      <span className="row">
        <EnrollmentBadge status={person.status} />
        {ended && person.why ? (
          <span className="small soft">{person.why.text}</span>
        ) : person.reason && person.reason !== "finished" ? (
          <span className="small soft">{words(person.reason)}</span>
        ) : null}
      </span>
      <span className="small soft clip person-node">{person.node_name}</span>
      <span className="small soft person-due">
        {person.due_at && (person.status === "active" || person.status === "paused") ? (
          <When at={person.due_at} />
        ) : null}
      </span>
      {person.why && !ended ? (
        <span className="person-why">
          <Icon name="question" />
          <span>
            <span className="strong">Why not sent?</span> {person.why.text}
          </span>
        </span>
      ) : null}
    </li>
  );
}
