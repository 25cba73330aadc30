import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { fitsQuery } from "~/api/icp-queries.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { Fit } from "~/api/types/icp.ts";
import { Reasons, ScoreBadge } from "~/components/icp/reasons.tsx";
import { useMe } from "~/components/me.ts";
import { When } from "~/components/time-ago.tsx";
import { mayManage } from "~/lib/roles.ts";
import { paths } from "~/paths.ts";

/** How well a contact fits what the workspace looks for, and why. */
export function FitBlock({ contact }: { contact: Contact }) {
  const fits = useQuery(fitsQuery(contact.id)).data;
  const manages = mayManage(useMe().member.role);
  if (!fits || (fits.length === 0 && !manages)) return null;
  return (
    <section className="side-block" aria-label="ICP fit">
      <h2>ICP fit</h2>
      {fits.length === 0 ? (
        <p className="small soft">
          Say what your ideal customer is like, and everybody gets a score with its reasons.{" "}
          <Link className="link" to={paths.icpProfile("new")}>
            Make a profile
          </Link>
        </p>
      ) : null}
      {fits.map((fit) => (
        <OneFit key={fit.profile_id} fit={fit} open={fit.is_default} />
      ))}
    </section>
  );
}

function OneFit({ fit, open }: { fit: Fit; open: boolean }) {
  return (
    <details className="fit" open={open}>
      <summary>
        <span className="grow clip">{fit.name}</span>
        <ScoreBadge score={fit.score} />
      </summary>
      <div className="stack-2">
        <Reasons reasons={fit.reasons} />
        {fit.history.length > 0 ? (
          <details className="fit-past">
            <summary className="small soft">How it changed</summary>
            <ol>
              {fit.history.map((past) => (
                <li key={past.at} className="small">
                  <span>
                    {past.before} → <span className="strong">{past.score}</span>
                  </span>
                  <span className="soft">
                    <When at={past.at} />
                  </span>
                </li>
              ))}
            </ol>
          </details>
        ) : null}
      </div>
    </details>
  );
}
