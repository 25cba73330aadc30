import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { labelsQuery } from "~/api/inbox-queries.ts";
import type { Label } from "~/api/types/inbox.ts";
import { Async } from "~/components/async.tsx";
import { LabelMark } from "~/components/label-mark.tsx";
import { useMe } from "~/components/me.ts";
import { plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { paths } from "~/paths.ts";
import { Button, IconButton } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import "../custom-fields/custom-fields.css";
import { DeleteLabelDialog } from "./delete-label-dialog.tsx";
import { LabelDialog } from "./label-dialog.tsx";
import { MergeLabelDialog } from "./merge-label-dialog.tsx";

type Open = { what: "add" } | { what: "change" | "merge" | "delete"; label: Label };

/** The words that conversations carry. */
export function LabelsSection() {
  const manages = mayManage(useMe().member.role);
  const list = useQuery(labelsQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = (
    <Button look="primary" icon="plus" onClick={() => setOpen({ what: "add" })}>
      Make a label
    </Button>
  );
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          What conversations are about, in a word. L puts one on in the inbox, the filter shows those that
          carry it.
        </p>
        {(list.data?.length ?? 0) > 0 ? add : null}
      </div>
      <Async of={list}>
        {(labels) =>
          labels.length === 0 ? (
            <Empty
              title="No label yet."
              text="Pricing, legal, call back: whatever your team sorts answers by."
            >
              {add}
            </Empty>
          ) : (
            <ul className="panel" aria-label="Labels">
              {labels.map((label) => (
                <li key={label.id} className="custom-field">
                  <div className="custom-field-what">
                    <span className="row">
                      <LabelMark label={label} />
                    </span>
                    <span className="small soft">
                      {label.conversations === 0 ? (
                        "on no conversation"
                      ) : (
                        <Link to={{ pathname: paths.inbox("all"), search: `label=${label.id}` }}>
                          on {plural(label.conversations, "conversation")}
                        </Link>
                      )}
                      {label.open > 0 ? `, ${label.open} of them not done` : null}
                    </span>
                  </div>
                  <div className="custom-field-acts">
                    <IconButton
                      icon="pencil"
                      label={`Change ${label.name}`}
                      onClick={() => setOpen({ what: "change", label })}
                    />
                    {manages && labels.length > 1 ? (
                      <IconButton
                        icon="merge"
                        label={`Merge ${label.name} into another`}
                        onClick={() => setOpen({ what: "merge", label })}
                      />
                    ) : null}
                    {manages ? (
                      <IconButton
                        icon="trash"
                        label={`Delete ${label.name}`}
                        onClick={() => setOpen({ what: "delete", label })}
                      />
                    ) : null}
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Async>
      {open?.what === "add" ? <LabelDialog label={null} onClose={close} /> : null}
      {open?.what === "change" ? <LabelDialog label={open.label} onClose={close} /> : null}
      {open?.what === "delete" ? <DeleteLabelDialog label={open.label} onClose={close} /> : null}
      {open?.what === "merge" ? (
        <MergeLabelDialog
          label={open.label}
          others={(list.data ?? []).filter(({ id }) => id !== open.label.id)}
          onClose={close}
        />
      ) : null}
    </>
  );
}
