import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { del } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import type { Builder } from "../use-builder.ts";
import type { Saving } from "../use-save.ts";
import { PublishDialog } from "./publish-dialog.tsx";

/** Publishing a draft, and giving it up. */
export function StepsActions({ builder, saving }: { builder: Builder; saving: Saving }) {
  const [open, setOpen] = useState<"publish" | "discard" | null>(null);
  const navigate = useNavigate();
  const client = useQueryClient();
  const id = builder.base.id ?? "";
  const done = () => {
    void client.invalidateQueries({ queryKey: ["campaign", id] });
    void navigate(paths.campaign(id, "funnel"));
  };
  const discard = useMutation({
    mutationFn: () => del(`/api/campaigns/${id}/draft`),
    onSuccess: () => {
      toast("The draft is gone. The campaign runs on as before.");
      done();
    },
    onError: (error) => toast(messageOf(error)),
  });
  const publish = async () => {
    if (builder.dirty) await saving.save();
    setOpen("publish");
  };
  useCommands([
    {
      id: "steps.publish",
      label: "Publish the changed steps",
      group: "Campaign",
      icon: "check",
      run: () => void publish(),
    },
    {
      id: "steps.discard",
      label: "Discard the draft of the steps",
      group: "Campaign",
      icon: "trash",
      run: () => setOpen("discard"),
    },
  ]);
  return (
    <>
      <Button look="primary" onClick={() => void publish()}>
        Publish
      </Button>
      {/* What could not be saved has a dialog of its own. */}
      {open === "publish" && !builder.dirty ? (
        <PublishDialog
          id={id}
          graph={builder.graph}
          onDiscard={() => setOpen("discard")}
          onClose={() => setOpen(null)}
          onDone={done}
        />
      ) : null}
      {open === "discard" ? (
        <ConfirmDialog
          title="Discard the draft?"
          verb="Discard draft"
          request={discard}
          onConfirm={() => discard.mutate()}
          onClose={() => setOpen(null)}
        >
          The campaign runs on with its steps as they are. What you changed here since is given up.
        </ConfirmDialog>
      ) : null}
    </>
  );
}
