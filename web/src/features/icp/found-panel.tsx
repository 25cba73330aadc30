import { Link } from "react-router";
import type { IcpFound } from "~/api/types/icp.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { ScoreBadge } from "~/components/icp/reasons.tsx";
import { BANDS, bandParts, criterionWords } from "~/components/icp/words.ts";
import { count, personName, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Bar } from "~/ui/bar.tsx";
import { Skeleton } from "~/ui/states.tsx";

/** What the criteria make of the contacts as they stand: how many fit how well, and who fits best. */
export function FoundPanel({
  found,
  stale,
  unfinished,
  error,
}: {
  found: IcpFound | undefined;
  /** What is shown belongs to an earlier state of the criteria. */
  stale: boolean;
  unfinished: boolean;
  error: unknown;
}) {
  return (
    <section className="panel icp-found" aria-label="Who fits" aria-busy={stale}>
      {error ? (
        <div className="panel-body">
          <ErrorBlock error={error} />
        </div>
      ) : found ? (
        <div className={stale ? "panel-body stack found-stale" : "panel-body stack"}>
          <p className="small soft" role="status">
            {found.looked_at === 0
              ? "There is no contact yet to try it on."
              : found.contacts > found.looked_at
                ? `Of your newest ${plural(found.looked_at, "contact")}`
                : `Of your ${plural(found.contacts, "contact")}`}
          </p>
          <Bar label="How they fit" parts={bandParts(found.bands)} total={found.looked_at} tall />
          <dl className="icp-bands">
            {BANDS.map(({ id, label, range }) => (
              <div key={id} className="icp-band">
                <dt>
                  <span className={`icp-dot icp-dot-${id}`} aria-hidden="true" />
                  {label} <span className="soft">{range}</span>
                </dt>
                <dd>{count(found.bands[id])}</dd>
              </div>
            ))}
          </dl>
          <Best found={found} />
        </div>
      ) : unfinished ? (
        <p className="panel-body soft">Finish the criterion to see who fits.</p>
      ) : (
        <Skeleton lines={6} />
      )}
    </section>
  );
}

function Best({ found }: { found: IcpFound }) {
  const best = found.best.filter(({ score }) => score > 0);
  if (found.looked_at > 0 && best.length === 0)
    return <p className="small soft">Nobody has any point. Loosen a criterion.</p>;
  return (
    <ul className="icp-best" aria-label="Who fits best">
      {best.map(({ contact, score, reasons }) => (
        <li key={contact.id}>
          <span className="row">
            <Link className="strong clip grow" to={paths.contact(contact.id)}>
              {personName(contact)}
            </Link>
            <ScoreBadge score={score} />
          </span>
          <span className="small soft clip">
            {reasons
              .filter(({ is_met }) => is_met)
              .map((reason) => reason.label || criterionWords(reason, []))
              .join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}
