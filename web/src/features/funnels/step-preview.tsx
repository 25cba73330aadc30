import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useMatch } from "react-router";
import { messageOf } from "~/api/errors.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { FunnelNode } from "~/api/types/funnels.ts";
import { count, plural } from "~/lib/format.ts";
import { smsSegments } from "~/lib/sms.ts";
import { useDebounced } from "~/lib/use-debounced.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, IconButton } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Keys } from "~/ui/keys.tsx";
import { cutAtGaps, fieldWords, type Previewed, type Previews, previewQuery } from "./preview.ts";
import "./step-preview.css";

const WHOM: Record<Previews["whose"], string> = {
  campaign: "people of this campaign",
  audience: "people whom this campaign is for",
  all: "contacts",
};

/** The message as one contact after the other would get it; those who lack something come first. */
export function StepPreview({ node, channel }: { node: FunnelNode; channel: Channel }) {
  const [shown, setShown] = useState(false);
  return (
    <section className="side-block" aria-label="Preview as a contact">
      <div className="row">
        <h3 className="grow">Preview as a contact</h3>
        <Button small icon="eye" aria-expanded={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </Button>
      </div>
      {shown ? <Shown node={node} channel={channel} /> : null}
    </section>
  );
}

function Shown({ node, channel }: { node: FunnelNode; channel: Channel }) {
  const [at, setAt] = useState(0);
  const [search, setSearch] = useState("");
  const campaign = useMatch("/campaigns/:id/steps")?.params.id;
  const settled = useDebounced(node, 400);
  const sought = useDebounced(search.trim(), 250);
  const { data, error, isFetching, hasNextPage, fetchNextPage } = useInfiniteQuery({
    ...previewQuery(settled, channel, { search: sought, campaign }),
    placeholderData: keepPreviousData,
  });
  const first = data?.pages[0];
  const people = data?.pages.flatMap((page) => page.people) ?? [];
  const here = Math.max(0, Math.min(at, people.length - 1));
  const person = people[here];
  const step = (by: number) => {
    const next = Math.max(0, Math.min(people.length - 1, here + by));
    setAt(next);
    // The next page is there before anybody is at the end of this one.
    if (next > people.length - 10 && hasNextPage && !isFetching) void fetchNextPage();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "j" ? 1 : event.key === "k" ? -1 : 0;
    if (by === 0 || event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  };
  const whom = first ? WHOM[first.whose] : "contacts";
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside do the same
    <div className="preview" onKeyDown={onKeyDown} aria-busy={isFetching}>
      {first ? <Gaps first={first} whom={whom} sought={sought} /> : null}
      <SearchField
        label="Find a contact"
        value={search}
        onChange={(text) => {
          setSearch(text);
          setAt(0);
        }}
      />
      {error ? (
        <p className="small" role="status">
          {messageOf(error)}
        </p>
      ) : !first ? (
        <p className="small soft">Filling it in…</p>
      ) : !person ? (
        <p className="small soft">
          {sought === "" ? "There is no contact yet whom it could be filled in for." : "Nobody is found."}
        </p>
      ) : (
        <>
          <div className="row">
            <IconButton icon="left" label="Previous contact" disabled={here === 0} onClick={() => step(-1)} />
            <span className="grow preview-who" aria-live="polite">
              <span className="strong clip">{person.name}</span>
              <span className="small soft">
                {count(here + 1)} of {count(first.total)}, those who lack most first
              </span>
            </span>
            <span className="hide-phone row">
              <Keys keys="k" />
              <Keys keys="j" />
            </span>
            <IconButton
              icon="right"
              label="Next contact"
              disabled={here === people.length - 1}
              onClick={() => step(1)}
            />
          </div>
          <Letter person={person} channel={channel} />
        </>
      )}
    </div>
  );
}

/** What is missing, and for how many. */
function Gaps({ first, whom, sought }: { first: Previews; whom: string; sought: string }) {
  if (first.missing.length > 0) {
    return (
      <ul className="preview-gaps small">
        {first.missing.map((gap) => (
          <li key={gap.field}>
            <Badge tone="warn">{fieldWords(gap.field)}</Badge> is missing for {count(gap.count)} of{" "}
            {count(first.total)} {whom}
            {sought === "" ? "" : " found"}: it is held for them.
          </li>
        ))}
      </ul>
    );
  }
  if (first.total === 0) return null;
  return (
    <p className="small soft">
      All {count(first.total)} {whom}
      {sought === "" ? "" : " found"} have a value for every merge tag, or there is a fallback.
    </p>
  );
}

function Letter({ person, channel }: { person: Previewed; channel: Channel }) {
  const { segments, units, perSegment } = smsSegments(person.body);
  return (
    <div className="preview-letter">
      <p className="small soft">
        {person.to === null ? "No address: the step is skipped for them." : `To ${person.to}`}
      </p>
      {person.subject === null ? null : (
        <p className="strong">
          <Filled text={person.subject} />
        </p>
      )}
      <p className="preview-body">
        <Filled text={person.body} />
      </p>
      {channel === "sms" && person.missing.length === 0 ? (
        <p className="small soft">
          {plural(segments, "segment")}, {units} of {perSegment * Math.max(1, segments)} characters
        </p>
      ) : null}
    </div>
  );
}

/** The text, with what is missing marked. */
function Filled({ text }: { text: string }) {
  return cutAtGaps(text).map((part, at) =>
    part.gap ? (
      <mark key={at} className="preview-gap">
        no {fieldWords(part.text)}
      </mark>
    ) : (
      <span key={at}>{part.text}</span>
    ),
  );
}
