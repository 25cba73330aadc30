import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { segmentsQuery } from "~/api/set-queries.ts";
import type { Segment } from "~/api/types/sets.ts";
import { Async } from "~/components/async.tsx";
import { ContactTabs } from "~/components/contact-tabs.tsx";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { ruleWords } from "~/components/rule/words.ts";
import { useNames } from "~/components/sets.ts";
import { count } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Empty } from "~/ui/states.tsx";
import { DeleteSetDialog } from "./delete-set-dialog.tsx";
import { ReadyMade } from "./ready-made-list.tsx";
import { SetLine } from "./set-line.tsx";
import "./segments.css";

/** The sets that a rule decides, with who is in each now. */
export function SegmentsPage() {
  const manages = mayManage(useMe().member.role);
  const segments = useQuery(segmentsQuery);
  const names = useNames();
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState<Segment | null>(null);
  useCommands([
    {
      id: "segments.new",
      label: "New segment",
      group: "Segments",
      keys: "c",
      icon: "plus",
      run: () => void navigate(paths.newSegment),
    },
  ]);
  return (
    <Page
      title="Segments"
      badges={segments.data ? <Badge>{count(segments.data.length)}</Badge> : null}
      actions={
        <Link className={buttonClass("primary")} to={paths.newSegment}>
          <Icon name="plus" />
          New segment
          <Keys keys="c" />
        </Link>
      }
      tabs={<ContactTabs current="segments" />}
      flush
    >
      <Async of={segments}>
        {(all) =>
          all.length === 0 ? (
            <>
              <Empty
                title="No segment yet."
                text="A segment is a question about your contacts that stays answered: people enter and leave it as they change."
              >
                <Link className={buttonClass("primary")} to={paths.newSegment}>
                  Build the first segment
                </Link>
              </Empty>
              <ReadyMade />
            </>
          ) : (
            <ul className="set-list" aria-label="Segments">
              {all.map((segment) => (
                <SetLine
                  key={segment.id}
                  {...segment}
                  computing={!segment.is_ready}
                  about={ruleWords(segment.rule, names)}
                  edit="Change the rule of"
                  onEdit={() => void navigate(paths.segment(segment.id))}
                  onDelete={manages ? () => setDeleting(segment) : null}
                />
              ))}
            </ul>
          )
        }
      </Async>
      {deleting ? <DeleteSetDialog kind="segment" set={deleting} onClose={() => setDeleting(null)} /> : null}
    </Page>
  );
}
