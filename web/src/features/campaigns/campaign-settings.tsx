import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { del, patch } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { campaignQuery } from "~/api/queries.ts";
import type { Campaign, SendWindow } from "~/api/types.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { useCampaignAction } from "./use-campaign-action.ts";
import { WindowEditor } from "./window-editor.tsx";

export function CampaignSettings({ campaign }: { campaign: Campaign }) {
  const [name, setName] = useState(campaign.name);
  const [windows, setWindows] = useState<SendWindow[]>(campaign.windows ?? []);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Campaign>(`/api/campaigns/${campaign.id}`, { name: name.trim(), windows }),
    onSuccess: (saved) => {
      client.setQueryData(campaignQuery(campaign.id).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["campaigns"] });
      toast("Saved.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <div className="measure-narrow stack">
      <form className="panel" onSubmit={submit}>
        <div className="panel-body stack">
          {save.error ? <ErrorBlock error={save.error} /> : null}
          <TextField label="Name" value={name} required onChange={(event) => setName(event.target.value)} />
          <WindowEditor windows={windows} onChange={setWindows} />
          <div className="row">
            <Button look="primary" type="submit" busy={save.isPending} disabled={name.trim() === ""}>
              Save
            </Button>
          </div>
        </div>
      </form>
      <End campaign={campaign} />
    </div>
  );
}

function End({ campaign }: { campaign: Campaign }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const act = useCampaignAction(campaign.id);
  const remove = useMutation({
    mutationFn: () => del(`/api/campaigns/${campaign.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["campaigns"] });
      void navigate(paths.campaigns);
    },
    onError: (error) => toast(messageOf(error)),
  });
  const deletable = campaign.status === "draft" || campaign.status === "archived";
  return (
    <section className="panel">
      <div className="panel-body row row-wrap">
        <div className="grow">
          <h2>{deletable ? "Delete the campaign" : "Archive the campaign"}</h2>
          <p className="small soft">
            {deletable
              ? "What it sent stays in the conversations."
              : "It stops for good and leaves the list; its numbers stay."}
          </p>
        </div>
        {deletable ? (
          <Button look="danger" onClick={() => setAsking(true)}>
            Delete
          </Button>
        ) : (
          <Button busy={act.isPending} onClick={() => act.mutate("archive")}>
            Archive
          </Button>
        )}
      </div>
      {asking ? (
        <Dialog
          title={`Delete "${campaign.name}"?`}
          onClose={() => setAsking(false)}
          footer={
            <>
              <Button onClick={() => setAsking(false)}>Keep</Button>
              <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
                Delete the campaign
              </Button>
            </>
          }
        >
          <p>This cannot be undone.</p>
        </Dialog>
      ) : null}
    </section>
  );
}
