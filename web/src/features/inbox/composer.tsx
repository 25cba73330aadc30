import { useRef } from "react";
import type { ConversationDetail, Rules } from "~/api/types/inbox.ts";
import { channelLabel, channelPhrase } from "~/lib/channel.ts";
import { now, useNow } from "~/lib/clock.ts";
import { count, exactly, span } from "~/lib/format.ts";
import { smsSegments } from "~/lib/sms.ts";
import { useStore } from "~/lib/store.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Callout } from "~/ui/states.tsx";
import { ActionPop } from "./action-pop.tsx";
import { composerText, composerTexts, putIntoComposer, writeIn } from "./composer-text.ts";
import { SuggestField } from "./suggest-field.tsx";
import { useCanned } from "./use-canned.ts";
import { useDraft } from "./use-draft.ts";
import { useTyping } from "./use-presence.ts";
import { useReply } from "./use-reply.ts";
import { LaterChoice } from "./work-actions.tsx";

type Later = { sendAt: string; unlessAnswered: boolean };

/** There from the first moment, so that no key press of a fast reader falls beside it; sends once it knows where to. */
export function Composer({
  id,
  conversation,
  seenId,
  onDone,
}: {
  id: string;
  /** The last message that is shown. */
  seenId: string | undefined;
  conversation: ConversationDetail | undefined;
  onDone: () => void;
}) {
  const text = composerText(useStore(composerTexts), id);
  const reply = useReply();
  const draft = useDraft(id, text);
  const typing = useTyping(id);
  // What stood there when this answer was begun: what came since, its writer may not have read.
  const begun = useRef<string | undefined>(undefined);
  if (text === "") begun.current = undefined;
  else begun.current ??= seenId;
  const writers = draft.colleagues.filter((one) => one.text.trim() !== "");
  const canned = useCanned(conversation);
  const time = useNow();
  const blocked = conversation ? blockedBy(conversation, time) : null;
  const longest = conversation?.rules?.max_length ?? null;
  // As the server counts: an emoji is one character.
  const length = [...text].length;
  const tooLong = longest !== null && length > longest;
  const unfilled = text.includes("{{");
  const ready = conversation !== undefined && text.trim() !== "" && !tooLong && !unfilled && blocked === null;
  const send = (later?: Later) => {
    if (!ready) return;
    draft.sent();
    typing("");
    putIntoComposer(id, "");
    void reply({
      ...later,
      ...(begun.current ? { seenId: begun.current } : {}),
      clientId: crypto.randomUUID(),
      conversationId: id,
      text: text.trim(),
      at: now(),
      state: "sending",
      error: null,
    });
  };
  return (
    <form
      className="composer"
      aria-label="Answer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-head">
        <label htmlFor="reply">Reply {conversation ? channelPhrase(conversation.channel) : ""}</label>
        <span className="push row">
          {conversation?.channel === "sms" ? <SmsMeter text={text} /> : null}
          {tooLong ? (
            <Badge tone="bad">
              {count(length)} of {count(longest ?? 0)} characters
            </Badge>
          ) : null}
          {unfilled ? <Badge tone="warn">Fill in what stands in {"{{ }}"}</Badge> : null}
          {conversation && blocked === null ? <WindowLeft rules={conversation.rules} now={time} /> : null}
          {blocked === null && conversation?.rules?.note ? <Badge>{conversation.rules.note}</Badge> : null}
        </span>
      </div>
      {blocked ? (
        <div id="reply-blocked" role="status">
          <Callout tone="warn">{blocked}</Callout>
        </div>
      ) : null}
      {draft.other === null ? null : (
        <Callout tone="warn">
          <span className="row row-wrap">
            <span className="grow">
              In another window you wrote: “{draft.other.slice(0, 120)}
              {draft.other.length > 120 ? "…" : ""}”
            </span>
            <Button small onClick={draft.takeOther}>
              Take that
            </Button>
            <Button small onClick={draft.keepMine}>
              Keep this
            </Button>
          </span>
        </Callout>
      )}
      {writers.map((one) => (
        <p key={one.member_id} className="presence small soft clip">
          <span className="strong">{one.member_name ?? "A colleague"} has begun an answer:</span>{" "}
          {one.text.slice(0, 160)}
        </p>
      ))}
      <SuggestField
        id="reply"
        mark="/"
        choices={canned.choices}
        onPick={canned.fill}
        rows={3}
        value={text}
        // Not disabled: that would take the focus away, and the next letters would be shortcuts.
        readOnly={blocked !== null}
        aria-describedby={blocked ? "reply-blocked" : undefined}
        onText={(next) => {
          putIntoComposer(id, next);
          typing(next);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter" && event.altKey) {
            event.preventDefault();
            document.querySelector<HTMLElement>(".send-later button")?.click();
            return;
          }
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          send();
          if (event.shiftKey && ready) onDone();
        }}
      />
      <div className="composer-foot">
        {canned.choices.length > 0 ? (
          <span className="small muted row hide-coarse composer-hint">
            <Keys keys="/" /> canned replies
          </span>
        ) : null}
        <span className="push" />
        <Button icon="pencil" keys="i" onClick={() => writeIn("note")}>
          Note
        </Button>
        <span className="send-later">
          <ActionPop
            id="inbox.send-later"
            label="Send later"
            does="Send it at a time (Alt+Enter)"
            icon="clock"
            up
          >
            {(close) => (
              <LaterChoice
                ready={ready}
                onChoose={(sendAt, unlessAnswered) => {
                  close();
                  send({ sendAt, unlessAnswered });
                }}
              />
            )}
          </ActionPop>
        </span>
        <Button type="submit" look="primary" keys="mod+enter" disabled={!ready}>
          Send
        </Button>
      </div>
    </form>
  );
}

/** Why no answer can be written here, in words; null when one can. */
function blockedBy(conversation: ConversationDetail, now: number): string | null {
  const suppressed = conversation.contact?.suppressed ?? [];
  if (suppressed.includes(conversation.channel) || suppressed.includes("all")) {
    return `${conversation.contact_name ?? "This person"} does not want messages here. Allow it again on the contact if they changed their mind.`;
  }
  const rules = conversation.rules;
  if (rules?.closed) return rules.closed;
  if (rules?.open_until && Date.parse(rules.open_until) < now) {
    return `The window is closed: ${channelLabel(conversation.channel)} lets us answer for a limited time after their last message. It opens again when they write.`;
  }
  return null;
}

/** Less than this is worth a colour: whoever waits longer cannot answer any more. */
const SOON_MS = 2 * 3_600_000;

/** How long an answer may still be written, on channels where that ends. */
function WindowLeft({ rules, now }: { rules: Rules | undefined; now: number }) {
  if (!rules?.open_until) return null;
  const left = Date.parse(rules.open_until) - now;
  return (
    <span title={`Until ${exactly(rules.open_until)}`}>
      <Badge tone={left < SOON_MS ? "warn" : undefined}>
        {span(Math.max(60, Math.floor(left / 60_000) * 60))} left to answer
      </Badge>
    </span>
  );
}

function SmsMeter({ text }: { text: string }) {
  const { units, segments, unicode } = smsSegments(text);
  if (units === 0) return null;
  return (
    <span>
      {units} characters, {segments === 1 ? "1 text" : `${segments} texts`}
      {unicode ? " (special characters)" : ""}
    </span>
  );
}
