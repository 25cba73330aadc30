import { useQuery } from "@tanstack/react-query";
import { membersQuery } from "~/api/team-queries.ts";
import { anyOf } from "~/lib/format.ts";
import { Callout } from "~/ui/states.tsx";

/** Why there is nothing to press here, and who can: "Only an admin can change senders. Ask Rita Rep." */
export function AdminsOnly({ to }: { to: string }) {
  const members = useQuery(membersQuery);
  const admins = (members.data ?? []).filter(({ role, disabled }) => role === "admin" && !disabled);
  return (
    <Callout>
      Only an admin can {to}. {admins.length > 0 ? `Ask ${anyOf(admins.map(({ name }) => name))}.` : ""}
    </Callout>
  );
}
