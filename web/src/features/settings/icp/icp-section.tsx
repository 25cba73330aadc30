import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { del, patch } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { profilesQuery } from "~/api/icp-queries.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { IcpProfile } from "~/api/types/icp.ts";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { bandParts, criterionWords, signed, sizeOf } from "~/components/icp/words.ts";
import { useMe } from "~/components/me.ts";
import { count, plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Bar } from "~/ui/bar.tsx";
import { Button, buttonClass, IconButton } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import "./icp.css";

/** What this workspace takes for an ideal customer. */
export function IcpSection() {
  const manages = mayManage(useMe().member.role);
  const profiles = useQuery(profilesQuery);
  const [deleting, setDeleting] = useState<IcpProfile | null>(null);
  const add = (
    <Link className={buttonClass("primary")} to={paths.icpProfile("new")}>
      <Icon name="plus" />
      New profile
    </Link>
  );
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          What your ideal customer is like, in criteria that are worth points. Every contact has a score from
          0 to 100 with its reasons; segments can ask for the one by the default profile.
        </p>
        {manages && (profiles.data?.length ?? 0) > 0 ? add : null}
      </div>
      {manages ? null : <Callout>Only managers and admins can change the profiles.</Callout>}
      <Async of={profiles}>
        {(all) =>
          all.length === 0 ? (
            <Empty
              title="No profile yet."
              text="Titles that decide, industries you know, companies of the right size: say what counts and how much, and see at once who fits."
            >
              {manages ? add : null}
            </Empty>
          ) : (
            <ul className="stack" aria-label="ICP profiles">
              {all.map((profile) => (
                <ProfileLine
                  key={profile.id}
                  profile={profile}
                  manages={manages}
                  onDelete={() => setDeleting(profile)}
                />
              ))}
            </ul>
          )
        }
      </Async>
      {deleting ? <DeleteDialog profile={deleting} onClose={() => setDeleting(null)} /> : null}
    </>
  );
}

function ProfileLine({
  profile,
  manages,
  onDelete,
}: {
  profile: IcpProfile;
  manages: boolean;
  onDelete: () => void;
}) {
  const custom = useQuery(customFieldsQuery).data ?? [];
  const client = useQueryClient();
  const choose = useMutation({
    mutationFn: () => patch(`/api/icp-profiles/${profile.id}`, { is_default: true }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["icp"] });
      toast(`${profile.name} is the default profile now. Segments that ask for scores follow.`);
    },
    onError: (error) => toast(messageOf(error)),
  });
  const { name, criteria, bands } = profile;
  const size = sizeOf(bands);
  return (
    <li className="panel">
      <div className="panel-head">
        {manages ? (
          <Link className="strong clip icp-open" to={paths.icpProfile(profile.id)}>
            {name}
          </Link>
        ) : (
          <span className="strong clip">{name}</span>
        )}
        {profile.is_default ? <Badge tone="accent">Default</Badge> : null}
        {profile.is_ready ? null : <Badge tone="info">Scoring…</Badge>}
        {manages ? (
          <span className="push row">
            {profile.is_default ? null : (
              <Button small look="quiet" busy={choose.isPending} onClick={() => choose.mutate()}>
                Make default
              </Button>
            )}
            <IconButton icon="trash" label={`Delete ${name}`} onClick={onDelete} />
          </span>
        ) : null}
      </div>
      <div className="panel-body stack-2">
        <Bar label="How your contacts fit" parts={bandParts(bands)} total={size} tall />
        <p className="small soft">
          {size === 0
            ? "Nobody is scored yet."
            : `${count(bands.strong)} strong, ${count(bands.good)} good, ${count(bands.weak)} weak, ${count(bands.poor)} poor of ${plural(size, "contact")}`}
        </p>
        <ul className="icp-criteria">
          {criteria.map((criterion, at) => (
            <li key={at} className="small">
              <span className={criterion.weight < 0 ? "icp-worth icp-worth-against" : "icp-worth"}>
                {signed(criterion.weight)}
              </span>
              <span>
                {criterion.label ? <span className="strong">{criterion.label}: </span> : null}
                {criterionWords(criterion, custom)}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function DeleteDialog({ profile, onClose }: { profile: IcpProfile; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => del(`/api/icp-profiles/${profile.id}`),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["icp"] });
      toast(`${profile.name} was deleted.`);
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${profile.name}?`}
      verb="Delete the profile"
      keep="Keep it"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        The {plural(sizeOf(profile.bands), "score")} by it and how they changed go with it, and cannot be
        brought back.
        {profile.is_default
          ? " Another profile becomes the default one, and segments that ask for scores follow it."
          : ""}
      </p>
    </ConfirmDialog>
  );
}
