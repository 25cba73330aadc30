import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { contactsQuery } from "~/api/queries.ts";
import type { CompanyDetail } from "~/api/types/companies.ts";
import { Async } from "~/components/async.tsx";
import { ContactBadge } from "~/components/state-badge.tsx";
import { count, personName } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";

/** Who is with a company, newest first. */
export function CompanyPeople({ company, onAdd }: { company: CompanyDetail; onAdd: () => void }) {
  const people = useInfiniteQuery(contactsQuery({ company_id: company.id }));
  return (
    <section className="panel" aria-label="People">
      <div className="panel-head">
        <h2>People</h2>
        <Badge>{count(company.contacts)}</Badge>
      </div>
      <Async of={people}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.data);
          if (all.length === 0)
            return (
              <div className="panel-body stack-2">
                <p className="small muted">Nobody of {company.name} is among your contacts yet.</p>
                <div>
                  <Button small icon="plus" onClick={onAdd}>
                    Add the first
                  </Button>
                </div>
              </div>
            );
          return (
            <ul className="company-people">
              {all.map((person) => (
                <li key={person.id}>
                  <Link className="company-person" to={paths.contact(person.id)}>
                    <span className="company-who">
                      <span className="strong clip">{personName(person)}</span>
                      <span className="small soft clip">{person.title ?? person.email ?? person.phone}</span>
                    </span>
                    <span className="small soft clip company-address">{person.email ?? person.phone}</span>
                    <ContactBadge status={person.status} />
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Async>
      {people.hasNextPage ? (
        <div className="more-row">
          <Button busy={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </section>
  );
}
