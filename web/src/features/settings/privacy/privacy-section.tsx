import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { get } from "~/api/client.ts";
import { erasuresQuery } from "~/api/privacy-queries.ts";
import type { Erasure } from "~/api/types/privacy.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { When } from "~/components/time-ago.tsx";
import { count, exactly, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout, Empty, Skeleton } from "~/ui/states.tsx";
import { linesOf, totalOf } from "./erased.ts";
import "./privacy.css";

/** Whose data was erased at whose hand. Only for admins. */
export function PrivacySection() {
  const me = useMe();
  const [params] = useSearchParams();
  if (me.member.role !== "admin")
    return <Callout>Privacy is for admins. Ask one of them if somebody wants to be erased.</Callout>;
  const certificate = params.get("certificate");
  return certificate ? <Certificate id={certificate} /> : <Certificates />;
}

function Certificates() {
  const list = useInfiniteQuery(erasuresQuery);
  const shown = list.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <>
      <p className="soft">
        Somebody asks what you store about them, or to be forgotten? Open their contact: under Privacy you can
        export everything about them, or erase it. Each erasure leaves a certificate here, which says nothing
        about the person.
      </p>
      {list.isPending ? <Skeleton lines={4} /> : null}
      {list.error ? (
        <ErrorBlock error={list.error} busy={list.isFetching} onRetry={() => void list.refetch()} />
      ) : null}
      {list.data && shown.length === 0 ? (
        <Empty title="Nobody was erased yet." text="Certificates of erasures appear here.">
          <Link className={buttonClass()} to={paths.contacts}>
            Go to the contacts
          </Link>
        </Empty>
      ) : null}
      {shown.length > 0 ? (
        <ul className="panel">
          {shown.map((erasure) => (
            <li className="erasure" key={erasure.id}>
              <Link className="strong" to={`${paths.settings("privacy")}?certificate=${erasure.id}`}>
                <When at={erasure.at} />
              </Link>
              <span>by {byWhom(erasure)}</span>
              <span className="small soft">{plural(totalOf(erasure.erased), "record")} erased</span>
            </li>
          ))}
        </ul>
      ) : null}
      {list.hasNextPage ? (
        <div className="more-row">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </div>
      ) : null}
    </>
  );
}

const byWhom = ({ by }: Erasure) => by?.name ?? "somebody at the command line";

/** One certificate, as it can be printed. */
function Certificate({ id }: { id: string }) {
  const me = useMe();
  const erasure = useQuery({
    queryKey: ["erasures", "one", id],
    queryFn: ({ signal }) => get<Erasure>(`/api/erasures/${id}`, undefined, signal),
  });
  return (
    <>
      <Link className="link small no-print" to={paths.settings("privacy")}>
        All certificates
      </Link>
      <Async of={erasure}>
        {(data) => (
          <article className="panel certificate" aria-labelledby="certificate-title">
            <div className="panel-body stack">
              <h3 id="certificate-title">Certificate of erasure</h3>
              <p>
                Everything that {me.workspace.name} stored in Overture about one person was erased. What stays
                is a keyed hash of each of their addresses, by which they are recognised and not written to.
              </p>
              <dl className="certificate-facts">
                <dt>When</dt>
                <dd>{exactly(data.at)}</dd>
                <dt>By</dt>
                <dd>{byWhom(data)}</dd>
                <dt>Certificate</dt>
                <dd>
                  <code>{data.id}</code>
                </dd>
                <dt>Id they had</dt>
                <dd>
                  <code>{data.contact_id}</code>
                </dd>
              </dl>
              <table className="table">
                <caption className="sr-only">What was erased</caption>
                <thead>
                  <tr>
                    <th>What</th>
                    <th className="num">How many</th>
                  </tr>
                </thead>
                <tbody>
                  {linesOf(data.erased).map(({ what, count: many }) => (
                    <tr key={what}>
                      <td>{what}</td>
                      <td className="num">{count(many)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <p className="small soft">
                Backups made before this instant, files uploaded but not imported, and what was told to other
                programs are not covered.
              </p>
              <div className="row row-wrap no-print">
                <Button look="primary" onClick={() => window.print()}>
                  Print
                </Button>
                <a className={buttonClass()} href={`/api/erasures/${data.id}`} download={`${data.id}.json`}>
                  <Icon name="download" />
                  Download as JSON
                </a>
              </div>
            </div>
          </article>
        )}
      </Async>
    </>
  );
}
