import { Link } from "react-router";
import type { Draft } from "~/api/types/drafts.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { When } from "~/components/time-ago.tsx";
import { plural } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { DraftEditor, type Edited } from "./draft-editor.tsx";
import { stateOf, TONE } from "./words.ts";

/** One draft at reading size, with what stands against it. */
export function DraftCard({
  draft,
  editing,
  busy,
  onEdit,
  onSave,
  onApprove,
  onLeave,
  onDecide,
}: {
  draft: Draft;
  editing: boolean;
  busy: boolean;
  onEdit: () => void;
  onSave: (edited: Edited) => void;
  onApprove: (edited: Edited) => void;
  onLeave: () => void;
  onDecide: (decision: "sent" | "resend" | "drop") => void;
}) {
  const state = stateOf(draft);
  const role = [draft.title, draft.company].filter(Boolean).join(", ");
  return (
    <article className="draft-card" aria-label={`Draft to ${draft.contact_name}`}>
      <header className="draft-head">
        <div className="row row-wrap">
          <h2>
            {draft.contact_id ? (
              <Link className="link" to={paths.contact(draft.contact_id)}>
                {draft.contact_name}
              </Link>
            ) : (
              draft.contact_name
            )}
          </h2>
          <Badge tone={state.tone}>{state.text}</Badge>
        </div>
        {role === "" ? null : <p className="small soft">{role}</p>}
        <dl className="facts draft-facts">
          <dt>To</dt>
          <dd className="row row-wrap">
            <ChannelMark channel={draft.channel} label /> {draft.to_address}
          </dd>
          <dt>From</dt>
          <dd>
            {draft.sender_name}
            {draft.carrier_id ? ", by their own device" : ""}
          </dd>
          {draft.campaign_id === null ? null : (
            <>
              <dt>Campaign</dt>
              <dd>
                <Link className="link" to={paths.campaign(draft.campaign_id)}>
                  {draft.campaign_name}
                </Link>
              </dd>
            </>
          )}
          {draft.send_at === null ? null : (
            <>
              <dt>Leaves</dt>
              <dd>
                <When at={draft.send_at} />
              </dd>
            </>
          )}
          {draft.sent_at === null ? null : (
            <>
              <dt>Sent</dt>
              <dd>
                <When at={draft.sent_at} />
              </dd>
            </>
          )}
        </dl>
      </header>
      {draft.status === "failed" ? (
        <Callout tone="bad">
          <p>
            <strong>It was not sent.</strong> {draft.error_text}
          </p>
          {draft.tries > 0 ? (
            <p className="small">{plural(draft.tries, "attempt")}. Approve it to try again.</p>
          ) : null}
        </Callout>
      ) : null}
      {draft.status === "uncertain" ? (
        <Callout tone="warn">
          <p>
            <strong>Nobody knows whether it was sent.</strong> Look into the chat with them, then say what you
            see.
          </p>
          <div className="row row-wrap">
            <Button small onClick={() => onDecide("sent")}>
              It was sent
            </Button>
            <Button small onClick={() => onDecide("resend")}>
              Send it again
            </Button>
            <Button small look="quiet" onClick={() => onDecide("drop")}>
              Drop it
            </Button>
          </div>
        </Callout>
      ) : null}
      {draft.checks.length === 0 ? null : (
        <ul className="draft-checks" aria-label="Checks">
          {draft.checks.map((check) => (
            <li key={check.code}>
              <Badge tone={TONE[check.weight]}>{check.label}</Badge>
              <span className="small">{check.text}</span>
            </li>
          ))}
        </ul>
      )}
      {editing ? (
        <DraftEditor
          key={draft.id}
          draft={draft}
          busy={busy}
          onSave={onSave}
          onApprove={onApprove}
          onLeave={onLeave}
        />
      ) : (
        <>
          {draft.subject === null ? null : <p className="draft-subject strong">{draft.subject}</p>}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the button Edit does the same */}
          <div className="draft-body" onDoubleClick={onEdit}>
            {draft.text}
          </div>
          {draft.original_text === null ? null : (
            <details className="small soft draft-original">
              <summary>Edited. What it said at first</summary>
              <p>{draft.original_text}</p>
            </details>
          )}
        </>
      )}
    </article>
  );
}
