import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import { assignmentQuery } from "~/api/inbox-queries.ts";
import type { Assignment, AssignmentMode } from "~/api/types/inbox.ts";
import type { Teammate } from "~/api/types/team.ts";
import { Async } from "~/components/async.tsx";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { useMembers } from "~/components/owner.tsx";
import { useAway } from "~/components/use-away.ts";
import { mayManage } from "~/lib/roles.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Choices } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import "./assignment.css";

const MODES: { value: AssignmentMode; title: string; text: string }[] = [
  {
    value: "off",
    title: "By hand",
    text: "What is nobody's waits under Unassigned until somebody takes it.",
  },
  { value: "turns", title: "In turns", text: "Each of those you choose gets the next, one after the other." },
  {
    value: "load",
    title: "By load",
    text: "Whoever has the fewest open conversations gets the next.",
  },
];

/** Who gets what is nobody's, and who is away. */
export function AssignmentSection() {
  const admin = useMe().member.role === "admin";
  const assignment = useQuery(assignmentQuery);
  const members = useMembers().filter(({ disabled }) => !disabled);
  return (
    <>
      <p className="soft">
        When somebody writes whose conversation is nobody's, it can find a colleague by itself. Who is away
        gets none, and what waited for their answer goes to the others.
      </p>
      <Async of={assignment}>
        {(data) => (
          <>
            {admin ? <AssignmentForm now={data} members={members} /> : <AssignmentFacts now={data} />}
            <Presence now={data} members={members} />
          </>
        )}
      </Async>
    </>
  );
}

function AssignmentForm({ now, members }: { now: Assignment; members: readonly Teammate[] }) {
  const [mode, setMode] = useState(now.mode);
  const [chosen, setChosen] = useState<readonly string[]>(now.member_ids);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Assignment>("/api/assignment", { mode, member_ids: chosen }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["assignment"] });
      toast("Saved.");
    },
  });
  const turn = (id: string, on: boolean) =>
    setChosen(on ? [...chosen, id] : chosen.filter((other) => other !== id));
  return (
    <Form className="panel" request={save} onSend={save.mutate} aria-labelledby="assignment-how">
      <div className="panel-head">
        <h3 id="assignment-how">New conversations</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <Choices
          legend="How they find somebody"
          name="mode"
          value={mode}
          options={MODES}
          onChange={setMode}
        />
        {mode === "off" ? null : (
          <fieldset className="assignment-members">
            <legend className="label">Among whom</legend>
            {members.map(({ id, name, you }) => (
              <label key={id} className="row small">
                <input
                  type="checkbox"
                  name="member_ids"
                  checked={chosen.includes(id)}
                  onChange={({ target }) => turn(id, target.checked)}
                />
                {name}
                {you ? " (you)" : ""}
              </label>
            ))}
          </fieldset>
        )}
        <div className="row">
          <Submit disabled={mode !== "off" && chosen.length === 0}>Save</Submit>
        </div>
      </div>
    </Form>
  );
}

function AssignmentFacts({ now }: { now: Assignment }) {
  const mode = MODES.find(({ value }) => value === now.mode);
  return (
    <section className="panel" aria-labelledby="assignment-how">
      <div className="panel-head">
        <h3 id="assignment-how">New conversations</h3>
      </div>
      <div className="panel-body stack-2">
        <p className="strong">{mode?.title}</p>
        <p className="soft">{mode?.text}</p>
        <p className="small soft">Admins change it.</p>
      </div>
    </section>
  );
}

/** Who is here, for those who get conversations; everybody says it of themselves. */
function Presence({ now, members }: { now: Assignment; members: readonly Teammate[] }) {
  const manages = mayManage(useMe().member.role);
  const away = useAway();
  return (
    <section className="panel" aria-labelledby="assignment-here">
      <div className="panel-head">
        <h3 id="assignment-here">Who is here</h3>
      </div>
      <ul>
        {members.map((member) => (
          <li key={member.id} className="assignment-member">
            <span className="grow row row-wrap">
              <span className="strong">{member.name}</span>
              {member.you ? <Badge tone="accent">You</Badge> : null}
              {member.away ? <Badge tone="warn">Away</Badge> : null}
              {!member.away && now.mode !== "off" && now.member_ids.includes(member.id) ? (
                <span className="small soft">gets conversations</span>
              ) : null}
            </span>
            {manages || member.you ? (
              <Button
                small
                aria-label={member.away ? `${member.name} is back` : `${member.name} is away`}
                busy={away.isPending && away.variables.of.id === member.id}
                onClick={() => away.mutate({ of: member, away: !member.away })}
              >
                {member.away ? "Back" : "Away"}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
