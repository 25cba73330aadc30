import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { restoredQuery } from "~/api/queries.ts";
import type { Restored, RestoredAnswer } from "~/api/types/workspace.ts";
import { channelLabel } from "~/lib/channel.ts";
import { count, plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { type ChoiceOption, Choices } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { ErrorBlock } from "./error-block.tsx";
import { When } from "./time-ago.tsx";

const NOTICED: Record<NonNullable<Restored["why"]>, string> = {
  behind: "Messages have left since this copy was made that it does not know of: a backup was restored.",
  moved: "The database is in another place than it was: it was copied, or a backup was restored.",
  silent:
    "Nothing was heard of the server for more than an hour, and it had not ended properly: the machine was cut off, or it is a copy of an earlier time.",
};

const ANSWERS: readonly ChoiceOption<RestoredAnswer>[] = [
  {
    value: "check",
    title: "Look up what has left, then go on",
    text: "Providers that can be asked are asked. Where they cannot, the message waits under Uncertain in the inbox, and a person decides.",
  },
  {
    value: "continue",
    title: "Nothing has left since then",
    text: "The machine was only off, or moved. Everything goes on as it stands; what is late follows each campaign's rule for lateness.",
  },
  {
    value: "cancel",
    title: "Cancel what may have left, and pause all campaigns",
    text: "Whoever a message was waiting for goes on with the next step once you resume their campaign.",
  },
];

/** What may have left before a backup was restored, and what is to become of it. */
export function RestoredDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const restored = useQuery(restoredQuery);
  const [answer, setAnswer] = useState<RestoredAnswer>("check");
  const decide = useMutation({
    mutationFn: () => post<{ messages: number }>("/api/sending/restored", { answer }),
    onSuccess: ({ messages }) => {
      void client.invalidateQueries();
      onClose();
      toast(
        answer === "continue"
          ? "Sending goes on."
          : answer === "cancel"
            ? `${plural(messages, "message")} cancelled. Campaigns are paused.`
            : `${plural(messages, "message")} looked up. Sending goes on.`,
      );
    },
  });
  return (
    <Dialog
      title="Has anything left already?"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Not now, send nothing</Button>
          <Button
            look={answer === "cancel" ? "danger" : "primary"}
            busy={decide.isPending}
            disabled={!restored.data?.why}
            onClick={() => decide.mutate()}
          >
            {answer === "cancel" ? "Cancel and pause" : "Go on"}
          </Button>
        </>
      }
    >
      {restored.error ? <ErrorBlock error={restored.error} onRetry={() => void restored.refetch()} /> : null}
      {restored.data?.why ? <Found restored={restored.data} why={restored.data.why} /> : null}
      <Choices
        legend="What becomes of it"
        name="restored-answer"
        value={answer}
        options={ANSWERS}
        onChange={setAnswer}
      />
      {decide.error ? <ErrorBlock error={decide.error} /> : null}
    </Dialog>
  );
}

function Found({ restored, why }: { restored: Restored; why: NonNullable<Restored["why"]> }) {
  return (
    <>
      <p>{NOTICED[why]}</p>
      <Callout tone="warn">
        <div className="stack-2">
          <span>
            {restored.copied_at ? (
              <>
                The database knows nothing of what happened after <When at={restored.copied_at} />.
              </>
            ) : (
              "It is not known from when the database is."
            )}{" "}
            Answers, opt-outs and people who were added since then may be missing: look at your providers,
            too.
          </span>
          <ul>
            {restored.messages.map((one) => (
              <li key={`${one.channel}-${one.can_be_asked}`}>
                <strong>{channelLabel(one.channel)}</strong>: {count(one.queued)} waiting
                {one.in_doubt > 0 ? `, ${count(one.in_doubt)} in doubt` : ""};{" "}
                {one.can_be_asked ? "the provider can be asked" : "nobody can be asked, a person decides"}
              </li>
            ))}
            <li>{plural(restored.people, "person", "people")} of campaigns due for a step</li>
          </ul>
        </div>
      </Callout>
    </>
  );
}
