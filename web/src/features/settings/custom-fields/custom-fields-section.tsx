import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { Async } from "~/components/async.tsx";
import { FieldDialog } from "~/components/field-dialog.tsx";
import { useMe } from "~/components/me.ts";
import { mayManage } from "~/lib/roles.ts";
import { Button } from "~/ui/button.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { DeleteFieldDialog } from "./delete-field-dialog.tsx";
import { FieldLine } from "./field-line.tsx";
import { moved } from "./order.ts";
import "./custom-fields.css";

type Open = { what: "add" } | { what: "change" | "delete"; field: CustomField };

/** What this workspace wants to know of its contacts beyond their name and address. */
export function CustomFieldsSection() {
  const manages = mayManage(useMe().member.role);
  const list = useQuery(customFieldsQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: async (changes: { id: string; position: number }[]) => {
      for (const { id, position } of changes) await patch(`/api/custom-fields/${id}`, { position });
    },
    onError: (error) => toast(messageOf(error)),
    onSettled: () => client.invalidateQueries({ queryKey: ["custom-fields"] }),
  });
  const add = (
    <Button look="primary" icon="plus" onClick={() => setOpen({ what: "add" })}>
      Add a field
    </Button>
  );
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          What you want to know of every contact beyond their name and address. They stand on the contact's
          page in this order, segments can ask for them, and messages can name them by their merge tags.
        </p>
        {manages && (list.data?.length ?? 0) > 0 ? add : null}
      </div>
      {manages ? null : <Callout>Only managers and admins can change the fields.</Callout>}
      <Async of={list}>
        {(fields) =>
          fields.length === 0 ? (
            <Empty
              title="No custom field yet."
              text="Company size, renewal date, the person's own page: whatever your team sorts people by."
            >
              {manages ? add : null}
            </Empty>
          ) : (
            <ul className="panel" aria-label="Custom fields">
              {fields.map((field, at) => (
                <FieldLine
                  key={field.id}
                  field={field}
                  at={at}
                  of={fields.length}
                  onMove={
                    manages
                      ? (by) => {
                          if (!move.isPending) move.mutate(moved(fields, at, by));
                        }
                      : null
                  }
                  onChange={() => setOpen({ what: "change", field })}
                  onDelete={() => setOpen({ what: "delete", field })}
                />
              ))}
            </ul>
          )
        }
      </Async>
      {open?.what === "add" ? <FieldDialog field={null} onClose={() => setOpen(null)} /> : null}
      {open?.what === "change" ? <FieldDialog field={open.field} onClose={() => setOpen(null)} /> : null}
      {open?.what === "delete" ? (
        <DeleteFieldDialog field={open.field} onClose={() => setOpen(null)} />
      ) : null}
    </>
  );
}
