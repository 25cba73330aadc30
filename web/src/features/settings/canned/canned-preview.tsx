import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { messageOf } from "~/api/errors.ts";
import { previewQuery } from "~/api/inbox-queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { IconButton } from "~/ui/button.tsx";

/** The reply as people get it, one after the other, those first who lack something. */
export function CannedPreview({
  channel,
  subject,
  body,
}: {
  channel: Channel;
  subject: string;
  body: string;
}) {
  const settled = useDebounced(JSON.stringify({ channel, subject, body }), 300);
  const asked = JSON.parse(settled) as { channel: Channel; subject: string; body: string };
  const { data, error } = useQuery(previewQuery(asked));
  const [at, setAt] = useState(0);
  if (asked.body.trim() === "") return null;
  if (error)
    return (
      <p className="small" role="status">
        {messageOf(error)}
      </p>
    );
  const people = data?.people ?? [];
  const person = people[Math.min(at, people.length - 1)];
  if (!person) return null;
  return (
    <section className="canned-preview" aria-label="Preview">
      <div className="row">
        <span className="small soft grow clip">As {person.name} gets it</span>
        <IconButton
          icon="left"
          label="The one before"
          aria-disabled={at === 0}
          onClick={() => setAt(Math.max(0, at - 1))}
        />
        <IconButton
          icon="right"
          label="The next one"
          aria-disabled={at >= people.length - 1}
          onClick={() => setAt(Math.min(people.length - 1, at + 1))}
        />
      </div>
      {person.subject ? <strong>{withGaps(person.subject)}</strong> : null}
      <div className="canned-preview-text">{withGaps(person.body)}</div>
      {person.missing.length > 0 ? (
        <p className="small soft">
          What is marked is not known of this person; in the inbox it stands in brackets, to be filled in.
        </p>
      ) : null}
    </section>
  );
}

/** What is missing stands between U+E000 and U+E001. */
function withGaps(text: string) {
  return text.split(/\ue000([^\ue001]*)\ue001/).map((part, index) =>
    index % 2 === 1 ? (
      <span key={index} className="canned-gap">
        {part.replace(/^contact\./, "").replaceAll("_", " ")}
      </span>
    ) : (
      <Fragment key={index}>{part}</Fragment>
    ),
  );
}
