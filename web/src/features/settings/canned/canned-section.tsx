import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { snippetsQuery } from "~/api/inbox-queries.ts";
import type { Snippet } from "~/api/types/snippets.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { channelLabel } from "~/lib/channel.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import "../custom-fields/custom-fields.css";
import { useDeletion } from "../use-deletion.ts";
import { CannedDialog } from "./canned-dialog.tsx";
import "./canned.css";

/** The answers that are given again and again. */
export function CannedSection() {
  const list = useQuery(snippetsQuery);
  const [text, setText] = useState("");
  const [open, setOpen] = useState<"new" | Snippet | null>(null);
  const remove = useDeletion<Snippet>("/api/snippets", ["snippets"], ({ name, channel, subject, body }) => ({
    name,
    channel,
    subject: subject ?? undefined,
    body,
  }));
  const add = (
    <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
      Write a reply
    </Button>
  );
  const words = text.trim().toLowerCase();
  const fits = ({ name, body }: Snippet) => `${name} ${body}`.toLowerCase().includes(words);
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          The answers that are given again and again. A slash in an answer offers them, and the merge tags
          become what is known of the person.
        </p>
        {(list.data?.length ?? 0) > 0 ? add : null}
      </div>
      <Async of={list}>
        {(all) =>
          all.length === 0 ? (
            <Empty
              title="No canned reply yet."
              text="Directions, prices, how to cancel: write it once, with the name of whoever gets it."
            >
              {add}
            </Empty>
          ) : (
            <>
              {all.length > 8 ? <SearchField label="Search replies" value={text} onChange={setText} /> : null}
              {all.some(fits) ? (
                <ul className="panel" aria-label="Canned replies">
                  {all.filter(fits).map((one) => (
                    <li key={one.id} className="custom-field">
                      <div className="custom-field-what">
                        <span className="row">
                          <ChannelMark channel={one.channel} />
                          <span className="strong">{one.name}</span>
                          <span className="sr-only">, {channelLabel(one.channel)}</span>
                        </span>
                        <span className="small soft canned-text">{one.body}</span>
                      </div>
                      <div className="custom-field-acts">
                        <IconButton icon="pencil" label={`Change ${one.name}`} onClick={() => setOpen(one)} />
                        <IconButton
                          icon="trash"
                          label={`Delete ${one.name}`}
                          onClick={() => remove.mutate(one)}
                        />
                      </div>
                    </li>
                  ))}
                </ul>
              ) : (
                <Empty title="No reply matches.">
                  <Button onClick={() => setText("")}>Clear the search</Button>
                </Empty>
              )}
            </>
          )
        }
      </Async>
      {open ? <CannedDialog snippet={open === "new" ? null : open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}
