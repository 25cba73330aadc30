import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { membersQuery } from "~/api/team-queries.ts";
import type { AssignWho, Contact } from "~/api/types/contacts.ts";
import type { Teammate } from "~/api/types/team.ts";
import { plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { toast } from "~/ui/toast.tsx";
import { useMe } from "./me.ts";

const NOBODY: readonly Teammate[] = [];
/** What shows, counts or depends on whose contacts are whose. */
const CHANGED = ["contacts", "contact", "conversations", "conversation", "stats", "team-totals", "timeline"];

export function useMembers(): readonly Teammate[] {
  return useQuery(membersQuery).data ?? NOBODY;
}

/** Whether it says anything whose a contact is: not to who sees only their own, nor to who works alone. */
export function useOwnersShown(): boolean {
  const members = useMembers();
  return useMe().member.sees_all && members.length > 1;
}

type Handing = { who: AssignWho; owner: Pick<Teammate, "id" | "name"> };

/** Hands contacts over, and says how many changed hands. */
export function useAssign(onDone?: (assigned: number) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ who, owner }: Handing) =>
      post<{ assigned: number }>("/api/contacts/assign", { owner_id: owner.id, who }),
    onSuccess: ({ assigned }, { owner }) => {
      for (const key of CHANGED) void client.invalidateQueries({ queryKey: [key] });
      toast(
        assigned === 0
          ? `${owner.name} had all of them already.`
          : `${plural(assigned, "contact")} changed hands: ${owner.name} has ${assigned === 1 ? "it" : "them"} now.`,
      );
      onDone?.(assigned);
    },
  });
}

/** Who can be given something: everybody who may come in, and whoever has it now; `except` for whom it is taken from. */
export function OwnerOptions({ now, except }: { now?: string | null; except?: string }) {
  return useMembers()
    .filter(({ id, disabled }) => id !== except && (!disabled || id === now))
    .map(({ id, name, you, disabled }) => (
      <option key={id} value={id}>
        {name}
        {you ? " (you)" : disabled ? " (disabled)" : ""}
      </option>
    ));
}

/** Whose contact this is. Managers and admins hand it over right here. */
export function OwnerField({ contact }: { contact: Contact }) {
  const me = useMe();
  const members = useMembers();
  const assign = useAssign();
  const owner = members.find(({ id }) => id === contact.owner_id);
  if (!mayManage(me.member.role)) return <span>{owner?.name ?? "Nobody"}</span>;
  return (
    <select
      className="input"
      aria-label="Owner"
      value={contact.owner_id ?? ""}
      disabled={assign.isPending}
      onChange={(event) => {
        const to = members.find(({ id }) => id === event.target.value);
        if (!to) return;
        const handing = { who: { contact_ids: [contact.id] }, owner: to };
        assign.mutate(handing, { onError: (error) => toast(messageOf(error)) });
      }}
    >
      {contact.owner_id ? null : <option value="">Nobody</option>}
      <OwnerOptions now={contact.owner_id} />
    </select>
  );
}
