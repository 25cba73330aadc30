import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { del, patch } from "~/api/client.ts";
import { fieldError, messageOf } from "~/api/errors.ts";
import { campaignQuery, liveFunnelQuery } from "~/api/queries.ts";
import type { Campaign, SendWindow } from "~/api/types/campaigns.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { kindOf } from "~/components/funnel/kinds.ts";
import { ANY_TIME, SEND_WINDOW, WindowEditor } from "~/components/window-editor.tsx";
import { CHANNELS } from "~/lib/channel.ts";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { AudienceStep } from "./audience-step.tsx";
import { type AudienceDraft, audienceDraft, audienceOf, EVERYBODY, isChosen } from "./draft.ts";
import { Limits } from "./limits.tsx";
import { Rules } from "./rules.tsx";
import { isTold, rulesDraft, rulesOf } from "./rules-draft.ts";
import { SenderPool } from "./sender-pool.tsx";
import { capOf, sharesOf } from "./shares.ts";
import { useCampaignAction } from "./use-campaign-action.ts";

/** What can still be changed of a campaign: it counts for every message that has not left yet. */
export function CampaignSettings({ campaign }: { campaign: Campaign }) {
  const [name, setName] = useState(campaign.name);
  const [windows, setWindows] = useState<SendWindow[]>(campaign.windows ?? []);
  const [senders, setSenders] = useState(() => sharesOf(campaign.senders));
  const [cap, setCap] = useState(String(campaign.daily_cap ?? ""));
  const [lateness, setLateness] = useState(campaign.lateness);
  const [endsForCompany, setEndsForCompany] = useState(campaign.ends_for_company);
  const [continuous, setContinuous] = useState(campaign.continuous);
  const [rules, setRules] = useState(() => rulesDraft(campaign));
  const [onHolidays, setOnHolidays] = useState(campaign.on_holidays);
  const [audience, setAudience] = useState(() => audienceDraft(campaign.audience ?? {}));
  const funnel = useQuery(liveFunnelQuery(campaign.id));
  const client = useQueryClient();
  const draft = campaign.status === "draft";
  const follows = draft ? audience?.audience === "set" : campaign.audience?.set_id !== undefined;
  const over = campaign.status === "completed" || campaign.status === "archived";
  const assigned = new Map(campaign.senders.map((sender) => [sender.sender_id, sender.assigned]));
  const channels = CHANNELS.filter((channel) =>
    funnel.data?.nodes.some((node) => kindOf(node.type).channel === channel),
  );
  const save = useMutation({
    mutationFn: () =>
      patch<Campaign>(`/api/campaigns/${campaign.id}`, {
        name: name.trim(),
        windows,
        senders,
        daily_cap: capOf(cap),
        on_holidays: onHolidays,
        lateness,
        continuous: follows && continuous,
        ends_for_company: endsForCompany,
        ...rulesOf(rules),
        ...(draft && audience ? { audience: audienceOf(audience) } : {}),
      }),
    onSuccess: (saved) => {
      client.setQueryData(campaignQuery(campaign.id).queryKey, saved);
      setSenders(sharesOf(saved.senders));
      for (const key of ["campaigns", "campaign"]) void client.invalidateQueries({ queryKey: [key] });
      toast(draft ? "Saved. The launch check follows it." : "Saved. It counts for what has not left yet.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const unfit = windows.some((window) => window.days.length === 0);
  return (
    <div className="measure-narrow stack">
      <form className="stack" onSubmit={submit}>
        {save.error ? <ErrorBlock error={save.error} /> : null}
        <section className="panel">
          <div className="panel-body stack">
            <TextField
              label="Name"
              value={name}
              required
              error={fieldError(save.error, "name")}
              onChange={(event) => setName(event.target.value)}
            />
            <SenderPool channels={channels} shares={senders} assigned={assigned} onChange={setSenders} />
            <Limits
              cap={cap}
              onHolidays={onHolidays}
              lateness={lateness}
              onLateness={setLateness}
              endsForCompany={endsForCompany}
              onEndsForCompany={setEndsForCompany}
              error={fieldError(save.error, "daily_cap")}
              onCap={setCap}
              onOnHolidays={setOnHolidays}
            />
            <Rules rules={rules} error={(field) => fieldError(save.error, field)} onChange={setRules} />
            <WindowEditor legend={SEND_WINDOW} none={ANY_TIME} windows={windows} onChange={setWindows} />
            {unfit ? (
              <Callout tone="warn">A window without a day never opens. Choose its days.</Callout>
            ) : null}
            <p className="small soft">Whoever opts out or bounces leaves the campaign at once, too.</p>
          </div>
        </section>
        {draft ? (
          <AudienceOf
            draft={audience}
            continuous={continuous}
            onChange={setAudience}
            onContinuous={setContinuous}
            ids={campaign.audience?.contact_ids ?? null}
          />
        ) : follows && !over ? (
          <section className="panel">
            <div className="panel-body">
              <label className="check">
                <input
                  type="checkbox"
                  checked={continuous}
                  onChange={(event) => setContinuous(event.target.checked)}
                />
                <span>Take in whoever comes to its segment, list or tag from now on</span>
              </label>
            </div>
          </section>
        ) : null}
        <div className="row">
          <Button
            look="primary"
            type="submit"
            busy={save.isPending}
            disabled={
              name.trim() === "" ||
              unfit ||
              !isTold(rules) ||
              (draft && audience !== null && !isChosen(audience))
            }
          >
            Save
          </Button>
          {draft ? (
            <Link className={buttonClass()} to={paths.campaign(campaign.id)}>
              Back to the launch check
            </Link>
          ) : null}
          {over ? <span className="small soft">It is over: nothing leaves any more.</span> : null}
        </div>
      </form>
      <End campaign={campaign} />
    </div>
  );
}

function AudienceOf({
  draft,
  continuous,
  ids,
  onChange,
  onContinuous,
}: {
  draft: AudienceDraft | null;
  continuous: boolean;
  onContinuous: (continuous: boolean) => void;
  /** Whom somebody chose one by one, where that is how. */
  ids: readonly string[] | null;
  onChange: (draft: AudienceDraft) => void;
}) {
  if (draft)
    return (
      <AudienceStep
        draft={draft}
        continuous={continuous}
        onChange={(part) => onChange({ ...draft, ...part })}
        onContinuous={onContinuous}
      />
    );
  return (
    <section className="panel">
      <div className="panel-body row row-wrap">
        <p className="grow">
          {ids
            ? `It is for ${plural(ids.length, "contact")} that you chose one by one.`
            : "It is for people who were put together in a way that cannot be shown here."}
        </p>
        <Button onClick={() => onChange(EVERYBODY)}>Choose another audience</Button>
      </div>
    </section>
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
  const wrote = campaign.counts.sent + campaign.counts.queued + campaign.counts.uncertain > 0;
  const deletable = campaign.status === "draft" || (campaign.status === "archived" && !wrote);
  if (campaign.status === "archived" && !deletable) return null;
  return (
    <section className="panel">
      <div className="panel-body row row-wrap">
        <div className="grow">
          <h2>{deletable ? "Delete the campaign" : "Archive the campaign"}</h2>
          <p className="small soft">
            {deletable
              ? "It has written to nobody: nothing else is lost."
              : campaign.status === "active"
                ? "Pause it first. Archived, it stops for good and leaves the list; its numbers stay."
                : "It stops for good and leaves the list; its numbers stay."}
          </p>
        </div>
        {deletable ? (
          <Button look="danger" onClick={() => setAsking(true)}>
            Delete
          </Button>
        ) : (
          <Button
            busy={act.isPending}
            disabled={campaign.status === "active"}
            onClick={() => act.mutate("archive")}
          >
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
