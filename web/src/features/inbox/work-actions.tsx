import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { labelsQuery } from "~/api/inbox-queries.ts";
import type { Conversation, LabelColor } from "~/api/types/inbox.ts";
import { Combobox } from "~/components/combobox.tsx";
import { useMe } from "~/components/me.ts";
import { useMembers } from "~/components/owner.tsx";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { ActionPop } from "./action-pop.tsx";
import { MacroAction } from "./macro-action.tsx";
import { useWork } from "./use-work.ts";

/** What is offered before anybody types: the words are those that the server reads. */
const PRESETS = [
  { id: "later today", name: "Later today", note: "in 3 hours" },
  { id: "tonight", name: "Tonight", note: "18:00" },
  { id: "tomorrow 8am", name: "Tomorrow", note: "08:00" },
  { id: "saturday 10am", name: "Saturday", note: "10:00" },
  { id: "next monday 8am", name: "Next Monday", note: "08:00" },
  { id: "in 2 weeks", name: "In two weeks", note: "" },
] as const;
const COLORS: readonly LabelColor[] = ["plum", "blue", "teal", "green", "amber", "red", "grey"];
const NOBODY = { id: "nobody", name: "Nobody" };

/** Label, snooze and assign, each with its key. */
export function WorkActions({
  conversation,
  onAway,
}: {
  conversation: Conversation;
  /** It has left the list. */
  onAway: () => void;
}) {
  const work = useWork();
  const me = useMe();
  const labels = useQuery(labelsQuery).data ?? [];
  const members = useMembers().filter(({ disabled }) => !disabled);
  const carried = new Set(conversation.label_ids);
  const toMe = () => work.assign(conversation, { id: me.member.id, name: me.member.name }, true);
  useCommands([
    {
      id: "inbox.assign-me",
      label: "Assign it to me",
      group: "Inbox",
      keys: "shift+a",
      icon: "user",
      run: toMe,
    },
  ]);
  return (
    <>
      <ActionPop id="inbox.label" label="Label" does="Put a label on it" keys="l" icon="flag" end>
        {(close) => (
          <Combobox
            label="Label"
            placeholder="Find or make a label"
            inline
            options={labels.filter(({ id }) => !carried.has(id))}
            create="Make the label"
            onPick={({ id }) => {
              const label = labels.find((one) => one.id === id);
              if (label) work.label(conversation.id, label);
              close();
            }}
            onCreate={(name) => {
              void work.newLabel(conversation.id, name, COLORS[labels.length % COLORS.length] ?? "grey");
              close();
            }}
          />
        )}
      </ActionPop>
      <ActionPop id="inbox.snooze" label="Snooze" does="Snooze until a time" keys="h" icon="clock" end>
        {(close) => (
          <SnoozeChoice
            onChoose={(until, inAnyCase) => {
              close();
              work.snooze(conversation.id, until, inAnyCase, onAway);
            }}
          />
        )}
      </ActionPop>
      {members.length > 1 ? (
        <ActionPop id="inbox.assign" label="Assign" does="Ask somebody to answer" keys="a" icon="user" end>
          {(close) => (
            <Combobox
              label="Who is to answer"
              placeholder="Who is to answer?"
              inline
              options={[
                ...members.map(({ id, name, you }) => ({ id, name, note: you ? "you" : undefined })),
                NOBODY,
              ]}
              onPick={({ id, name }) => {
                work.assign(conversation, id === NOBODY.id ? null : { id, name }, id === me.member.id);
                close();
              }}
            />
          )}
        </ActionPop>
      ) : null}
      <MacroAction ids={[conversation.id]} />
    </>
  );
}

/** Until when: one of a few, or what somebody types. */
export function SnoozeChoice({ onChoose }: { onChoose: (until: string, inAnyCase: boolean) => void }) {
  return (
    <MomentChoice label="Until when" create="Until" besides="Even when they write" onChoose={onChoose} />
  );
}

/** When an answer is to leave, and whether it is still to when they have written. */
export function LaterChoice({
  ready,
  onChoose,
}: {
  ready: boolean;
  onChoose: (at: string, unlessAnswered: boolean) => void;
}) {
  if (!ready) return <p className="small soft action-more">Write the answer first.</p>;
  return (
    <MomentChoice
      label="When to send"
      create="Send"
      besides="Not if they write before"
      isBesides
      onChoose={onChoose}
    />
  );
}

function MomentChoice({
  label,
  create,
  besides,
  isBesides = false,
  onChoose,
}: {
  label: string;
  create: string;
  besides: string;
  isBesides?: boolean;
  onChoose: (words: string, besides: boolean) => void;
}) {
  const [checked, setChecked] = useState(isBesides);
  return (
    <>
      <Combobox
        label={label}
        placeholder="Fri 3pm, in 3 days, 24 dec…"
        inline
        options={PRESETS}
        create={create}
        onPick={({ id }) => onChoose(id, checked)}
        onCreate={(text) => onChoose(text, checked)}
      />
      <label className="row small action-more">
        <input type="checkbox" checked={checked} onChange={({ target }) => setChecked(target.checked)} />
        {besides}
      </label>
    </>
  );
}
