import { Link } from "react-router";
import type { Import } from "~/api/types/imports.ts";
import { When } from "~/components/time-ago.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { paths } from "~/paths.ts";
import { Chip } from "~/ui/chip.tsx";

/** What the people of the file got beside their values: tags, a list, owners, what they agreed to. */
export function PutOn({ of: { tags, list, owners, consent } }: { of: Import }) {
  if (tags.length === 0 && list === null && owners.length === 0 && consent === null) return null;
  return (
    <section className="panel" aria-label="What they got">
      <dl className="panel-body put-on">
        {tags.length > 0 ? (
          <>
            <dt>{tags.length === 1 ? "Tag" : "Tags"}</dt>
            <dd className="chips">
              {tags.map(({ id, name }) => (
                <Chip key={id} title={name}>
                  <Link to={paths.contactsIn(id)}>{name}</Link>
                </Chip>
              ))}
            </dd>
          </>
        ) : null}
        {list ? (
          <>
            <dt>List</dt>
            <dd className="chips">
              <Chip>
                <Link to={paths.contactsIn(list.id)}>{list.name}</Link>
              </Chip>
            </dd>
          </>
        ) : null}
        {owners.length > 0 ? (
          <>
            <dt>{owners.length === 1 ? "Owner" : "Owners, in turn"}</dt>
            <dd>{owners.map(({ name }) => name).join(", ")}</dd>
          </>
        ) : null}
        {consent ? (
          <>
            <dt>Consent</dt>
            <dd>
              {consent.channels.map(channelLabel).join(", ")}: {consent.source}
              {consent.at ? (
                <>
                  , <When at={consent.at} />
                </>
              ) : null}
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  );
}
