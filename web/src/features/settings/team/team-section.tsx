import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { teamTotalsQuery } from "~/api/access-queries.ts";
import { invitationsQuery, membersQuery } from "~/api/team-queries.ts";
import type { Invitation, MemberTotals, Teammate } from "~/api/types/team.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { Button } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Empty } from "~/ui/states.tsx";
import { Invitations } from "./invitations.tsx";
import { InviteDialog } from "./invite-dialog.tsx";
import { MemberDialog } from "./member-dialog.tsx";
import { MemberLine } from "./member-line.tsx";
import { TurnDialog } from "./turn-dialog.tsx";
import "./team.css";

/** From how many people on a search is quicker than the eye. */
const MANY = 9;

type Open = { what: "edit" | "turn"; teammate: Teammate } | null;

/** Who works in this workspace. Everybody may read it; admins change it. */
export function TeamSection() {
  const me = useMe();
  const admin = me.member.role === "admin";
  const members = useQuery(membersQuery);
  const totals = useQuery({ ...teamTotalsQuery, enabled: mayManage(me.member.role) });
  const invitations = useQuery({ ...invitationsQuery, enabled: admin });
  const [params, setParams] = useSearchParams();
  const [open, setOpen] = useState<Open>(null);
  const invite = (on: boolean) => setParams(on ? { invite: "1" } : {}, { replace: true });
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">
          {admin
            ? "Who works in this workspace, and what each of them may do."
            : "Who works in this workspace. Admins invite people and change what they may do."}
        </p>
        {admin ? (
          <Button look="primary" icon="plus" onClick={() => invite(true)}>
            Invite
          </Button>
        ) : null}
      </div>
      <Async of={members}>
        {(people) => (
          <>
            <People people={people} totals={totals.data ?? []} admin={admin} onOpen={setOpen} />
            {admin ? (
              <Async of={invitations} skeleton={<span />}>
                {(open) => <Waiting open={open} alone={people.length === 1} onInvite={() => invite(true)} />}
              </Async>
            ) : null}
          </>
        )}
      </Async>
      {admin && params.has("invite") ? <InviteDialog onClose={() => invite(false)} /> : null}
      {open?.what === "edit" ? <MemberDialog teammate={open.teammate} onClose={() => setOpen(null)} /> : null}
      {open?.what === "turn" ? (
        <TurnDialog
          teammate={open.teammate}
          contacts={totals.data?.find(({ member_id }) => member_id === open.teammate.id)?.contacts ?? 0}
          onClose={() => setOpen(null)}
        />
      ) : null}
    </>
  );
}

/** Who is invited and has not come yet; where nobody is, and nobody else is here, how to begin. */
function Waiting({ open, alone, onInvite }: { open: Invitation[]; alone: boolean; onInvite: () => void }) {
  if (open.length > 0) return <Invitations list={open} />;
  if (!alone) return null;
  return (
    <Empty
      title="Only you so far."
      text="Invite your first colleague: you send them a link, and they choose their own password."
    >
      <Button icon="plus" onClick={onInvite}>
        Invite your first colleague
      </Button>
    </Empty>
  );
}

function People({
  people,
  totals,
  admin,
  onOpen,
}: {
  people: Teammate[];
  totals: readonly MemberTotals[];
  admin: boolean;
  onOpen: (open: Open) => void;
}) {
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const shown = people.filter((person) =>
    [person.name, person.email, person.handle].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <section className="panel" aria-labelledby="team-people">
      <div className="panel-head">
        <h3 id="team-people">{plural(people.length, "person", "people")}</h3>
        {people.length >= MANY ? (
          <div className="push">
            <SearchField label="Search" value={search} onChange={setSearch} />
          </div>
        ) : null}
      </div>
      {shown.length === 0 ? (
        <Empty title="Nobody matches.">
          <Button onClick={() => setSearch("")}>Clear the search</Button>
        </Empty>
      ) : (
        <ul>
          {shown.map((teammate) => (
            <MemberLine
              key={teammate.id}
              teammate={teammate}
              totals={totals.find(({ member_id }) => member_id === teammate.id)}
              admin={admin}
              onEdit={() => onOpen({ what: "edit", teammate })}
              onTurn={() => onOpen({ what: "turn", teammate })}
            />
          ))}
        </ul>
      )}
    </section>
  );
}
