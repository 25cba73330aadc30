import { Link } from "react-router";
import type { Found } from "~/api/types/sets.ts";
import { count, personName } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import { Skeleton } from "~/ui/states.tsx";
import { ErrorBlock } from "../error-block.tsx";
import type { RuleState } from "./use-rule.ts";

/** Whom the rule finds as it stands: how many, and five of them. */
export function FoundPanel({ state }: { state: RuleState }) {
  const { found, gaps, stale, error } = state;
  return (
    <section className="panel found" aria-label="Whom it finds" aria-busy={stale}>
      {error ? (
        <div className="panel-body">
          <ErrorBlock error={error} />
        </div>
      ) : null}
      {found ? (
        <div className={stale ? "panel-body stack-2 found-stale" : "panel-body stack-2"}>
          <p role="status">
            <span className="tile-value">{count(found.contacts)}</span>{" "}
            <span className="soft">{found.contacts === 1 ? "contact" : "contacts"}</span>
          </p>
          {gaps.size > 0 ? (
            <p className="small soft row">
              <Icon name="pencil" />
              Before what is not finished yet.
            </p>
          ) : null}
          <Sample found={found} />
        </div>
      ) : gaps.size > 0 ? (
        <div className="panel-body">
          <p className="soft">Finish the condition to see whom it finds.</p>
        </div>
      ) : error ? null : (
        <Skeleton lines={4} />
      )}
    </section>
  );
}

function Sample({ found }: { found: Found }) {
  if (found.contacts === 0) return <p className="soft">Nobody matches. Loosen a condition.</p>;
  return (
    <>
      <p className="small soft">{found.contacts > found.sample.length ? "Among them" : "These"}</p>
      <ul className="found-people">
        {found.sample.map((contact) => (
          <li key={contact.id}>
            <Link className="strong clip" to={paths.contact(contact.id)}>
              {personName(contact)}
            </Link>
            <span className="small soft clip">
              {[contact.company, contact.city].filter(Boolean).join(", ") || contact.email || contact.phone}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
