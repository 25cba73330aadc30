import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "react-router";
import { launchCheckQuery } from "~/api/queries.ts";
import type { CheckLine, LaunchCheck } from "~/api/types.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { When } from "~/components/time-ago.tsx";
import { count, plural, words } from "~/lib/format.ts";
import { CAMPAIGN_TABS, paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Tile } from "~/ui/tile.tsx";
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
              {data.audience.missing.map((gap) => (
                <Line
                  key={gap.field}
                  id={id}
                  line={{
                    code: gap.field,
                    state: "warn",
                    text: `${plural(gap.count, "person has", "people have")} no value for ${words(gap.field)}.`,
                    fix: "Their message is held until there is a value, or the text gets a fallback.",
                    link: null,
                  }}
                />
              ))}
            </ul>
          </section>
          <div className="wizard-foot">
            <span className="small soft grow">
              {me.workspace.send_mode === "sandbox"
                ? "Sandbox: the messages go to the built-in sandbox and nowhere else."
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

/** The server names a part of the campaign, or a whole address. */
function addressOf(link: string, id: string): string {
  if (link.startsWith("/")) return link;
  const tab = CAMPAIGN_TABS.find((item) => item === link);
  return tab ? paths.campaign(id, tab) : paths.settings("senders");
}

function Line({ id, line }: { id: string; line: CheckLine }) {
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
      {line.link && line.state !== "ok" ? (
        <Link className="link small" to={addressOf(line.link, id)}>
          Fix it
        </Link>
      ) : null}
    </li>
  );
}
