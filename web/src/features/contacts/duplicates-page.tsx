import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { duplicatesQuery, mergesQuery } from "~/api/queries.ts";
import type { Contact, DuplicateGroup, DuplicateReason, Merge } from "~/api/types/contacts.ts";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { Page } from "~/components/page.tsx";
import { When } from "~/components/time-ago.tsx";
import { count, personName, plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { SelectField } from "~/ui/field.tsx";
import { Empty, Skeleton } from "~/ui/states.tsx";
import { REASON_LABEL } from "./addresses.ts";
import { WhatHappens } from "./merge-dialog.tsx";
import { useMerge, useUnmerge } from "./use-merge.ts";
import "./contacts.css";

/** Contacts that may be one person, and those that were made one lately. */
export function DuplicatesPage() {
  const [params, setParams] = useSearchParams();
  const asked = params.get("reason") ?? "";
  const reason = (Object.hasOwn(REASON_LABEL, asked) ? asked : "phone") as DuplicateReason;
  const groups = useInfiniteQuery(duplicatesQuery(reason));
  const found = groups.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page title="Duplicates" tabs={<ContactTabs current="duplicates" />}>
      <div className="measure stack">
        <div className="duplicates-by">
          <SelectField
            label="What they have in common"
            value={reason}
            onChange={(event) => setParams({ reason: event.target.value }, { replace: true })}
          >
            {Object.entries(REASON_LABEL).map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </SelectField>
        </div>
        {groups.isPending ? <Skeleton lines={6} /> : null}
        {groups.error ? <ErrorBlock error={groups.error} onRetry={() => void groups.refetch()} /> : null}
        {groups.isSuccess && found.length === 0 ? (
          <Empty
            title="Nobody is there twice."
            text="Among your 100,000 newest contacts, none have this in common."
          />
        ) : null}
        {found.map((group) => (
          <Group key={group.contacts.map(({ id }) => id).join(" ")} group={group} />
        ))}
        {groups.hasNextPage ? (
          <Button busy={groups.isFetchingNextPage} onClick={() => void groups.fetchNextPage()}>
            Show more
          </Button>
        ) : null}
        <Merges />
      </div>
    </Page>
  );
}

function Group({ group: { contacts, count: size } }: { group: DuplicateGroup }) {
  const [staying, setStaying] = useState("");
  const [asking, setAsking] = useState(false);
  const merge = useMerge(() => setAsking(false));
  // The one that is known longest, unless somebody says otherwise.
  const stays = contacts.find(({ id }) => id === staying) ?? contacts.at(-1);
  if (!stays) return null;
  const others = contacts.filter(({ id }) => id !== stays.id);
  const name = personName(stays);
  return (
    <section className="panel" aria-label={`${plural(size, "contact")} like ${name}`}>
      <div className="panel-head">
        <h2 className="grow">{name}</h2>
        <Badge>{plural(size, "contact")}</Badge>
        <Button small look="primary" onClick={() => setAsking(true)}>
          Merge
        </Button>
      </div>
      <div className="panel-body">
        <fieldset className="choices">
          <legend className="label">Who stays</legend>
          {contacts.map((contact) => (
            <label className="choice" key={contact.id}>
              <input
                type="radio"
                name={`stays-${contacts[0]?.id}`}
                checked={contact.id === stays.id}
                onChange={() => setStaying(contact.id)}
              />
              <span className="choice-body">
                <span className="strong">{personName(contact)}</span>{" "}
                <span className="small soft choice-text">
                  {about(contact)} · added <When at={contact.created_at} />
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      </div>
      {size > contacts.length ? (
        <p className="panel-body small soft">
          The newest {count(contacts.length)} are shown. The others come when these are merged.
        </p>
      ) : null}
      {asking ? (
        <ConfirmDialog
          title={`Merge ${plural(others.length, "other contact")} into ${name}?`}
          verb="Merge"
          look="primary"
          request={merge}
          onConfirm={() => merge.mutate({ stays, others })}
          onClose={() => setAsking(false)}
        >
          <WhatHappens stays={stays} others={others} />
        </ConfirmDialog>
      ) : null}
    </section>
  );
}

const about = ({ email, phone, company, city }: Contact) =>
  [email, phone, company, city].filter(Boolean).join(" · ");

function Merges() {
  const merges = useQuery(mergesQuery);
  const undo = useUnmerge();
  return (
    <section className="stack" aria-label="Merged lately">
      <h2>Merged lately</h2>
      <Async of={merges}>
        {(all) =>
          all.length === 0 ? (
            <p className="soft">Nobody was merged yet.</p>
          ) : (
            <ul className="merges">
              {all.map((merge) => (
                <MergeLine
                  key={merge.id}
                  merge={merge}
                  busy={undo.isPending}
                  onUndo={() => undo.mutate(merge.id)}
                />
              ))}
            </ul>
          )
        }
      </Async>
    </section>
  );
}

function MergeLine({ merge, busy, onUndo }: { merge: Merge; busy: boolean; onUndo: () => void }) {
  return (
    <li className="suppress-row">
      <Link className="link" to={paths.contact(merge.survivor_id)}>
        {merge.survivor_name || "A contact"}
      </Link>
      <span className="small soft">
        <When at={merge.at} />
      </span>
      <span className="push" />
      {merge.undone_at ? <Badge>Taken apart</Badge> : null}
      {merge.undo_until && !merge.undone_at ? (
        <Button small busy={busy} aria-label={`Undo the merge of ${merge.survivor_name}`} onClick={onUndo}>
          Undo
        </Button>
      ) : null}
    </li>
  );
}
