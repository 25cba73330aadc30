import { Link } from "react-router";
import type { Import } from "~/api/types/imports.ts";
import { paths } from "~/paths.ts";
import { Chip } from "~/ui/chip.tsx";

/** The tags that the people of the file got, and the list that they went on. */
export function PutOn({ of: { tags, list } }: { of: Import }) {
  if (tags.length === 0 && list === null) return null;
  return (
    <section className="panel" aria-label="Tags and list">
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
      </dl>
    </section>
  );
}
