import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { launchCheckQuery } from "~/api/queries.ts";
import type { CheckLine, LaunchCheck } from "~/api/types/campaigns.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { When } from "~/components/time-ago.tsx";
import { count, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Tile } from "~/ui/tile.tsx";
import { FirstMessages } from "./first-messages.tsx";
import { useCampaignAction } from "./use-campaign-action.ts";

const LINE_ICON = { ok: "check", warn: "warning", error: "cross" } as const;
const LINE_WORD = { ok: "In order", warn: "Worth a look", error: "Must be fixed" } as const;

/** Everything that decides whether and how this campaign runs, on one page, before it does. */
export function LaunchCheckPanel({ id }: { id: string }) {
  const check = useQuery(launchCheckQuery(id));
  const navigate = useNavigate();
  const act = useCampaignAction(id);
  const me = useMe();
  const start = () => act.mutate("start", { onSuccess: () => void navigate(paths.campaign(id)) });
  return (
    <Async of={check}>
      {(data) => (
        <>
          <AudienceTiles check={data} />
          <section className="panel">
            <div className="panel-head">
              <h2>Launch check</h2>
              <Button
                small
                look="quiet"
                icon="refresh"
                busy={check.isFetching}
                onClick={() => void check.refetch()}
              >
                Check again
              </Button>
              {data.finish_at ? (
                <span className="small soft push">
                  Last first message about <When at={data.finish_at} />
                </span>
              ) : null}
            </div>
            <ul>
              {data.lines.map((line) => (
                <Line id={id} key={`${line.code}-${line.text}`} line={line} />
              ))}
            </ul>
          </section>
          <FirstMessages id={id} check={data} />
          <div className="wizard-foot">
            <span className="small soft grow">
              {!data.ready
                ? "It can start when nothing is marked with a cross any more."
                : me.workspace.send_mode === "sandbox"
                  ? "Sandbox: the messages go to the sandbox and reach no real person."
                  : "Live: the messages go to real people."}
            </span>
            <Button look="primary" icon="play" disabled={!data.ready} busy={act.isPending} onClick={start}>
              Start for{" "}
              {plural(Math.max(0, data.audience.total - data.audience.suppressed), "person", "people")}
            </Button>
          </div>
        </>
      )}
    </Async>
  );
}

function AudienceTiles({ check }: { check: LaunchCheck }) {
  const { audience } = check;
  const tiles: [string, number, string][] = [
    ["Audience", audience.total, "people"],
    ["Suppressed", audience.suppressed, "will not be written to"],
    ["No e-mail", audience.no_email, "skip e-mail steps"],
    ["No phone", audience.no_phone, "skip text steps"],
  ];
  return (
    <div className="tiles">
      {tiles.map(([label, value, note]) => (
        <div className="tile" key={label}>
          <Tile label={label} value={count(value)} note={note} />
        </div>
      ))}
    </div>
  );
}

type Place = { to: string; label: string };

/** Where a problem is mended, and what the way there is called. */
function placeOf(link: string, id: string): Place | null {
  switch (link) {
    case "funnel":
      return { to: paths.campaign(id, "funnel"), label: "See the funnel" };
    case "people":
      return { to: paths.campaign(id, "people"), label: "See the people" };
    case "settings":
      return { to: paths.campaign(id, "settings"), label: "Campaign settings" };
    case "contacts":
      return { to: paths.contacts, label: "Contacts" };
    case "import":
      return { to: paths.imports, label: "Import contacts" };
    case "relayers":
      return { to: paths.settings("relayers"), label: "Relayers" };
    case "senders":
      return { to: paths.settings("senders"), label: "Senders" };
    case "sending":
      return { to: paths.settings("sending"), label: "Sending settings" };
    case "suppression":
      return { to: paths.settings("suppression"), label: "Suppression list" };
    default:
      return null;
  }
}

function Line({ id, line }: { id: string; line: CheckLine }) {
  const place = line.link && line.state !== "ok" ? placeOf(line.link, id) : null;
  return (
    <li className={`check-line check-${line.state}`}>
      <span className="check-mark">
        <Icon name={LINE_ICON[line.state]} />
        <span className="sr-only">{LINE_WORD[line.state]}: </span>
      </span>
      <span className="grow">
        {line.text}
        {line.fix && line.state !== "ok" ? <span className="small soft check-fix">{line.fix}</span> : null}
      </span>
      {place ? (
        <Link className="link small" to={place.to}>
          {place.label}
        </Link>
      ) : null}
    </li>
  );
}
