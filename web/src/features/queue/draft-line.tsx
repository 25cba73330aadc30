import type { Draft } from "~/api/types/drafts.ts";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { When } from "~/components/time-ago.tsx";
import { Badge } from "~/ui/badge.tsx";
import { stateOf } from "./words.ts";

/** One draft in the list: to whom, how, the first words, what stands against it, when it leaves. */
export function DraftLine({
  draft,
  active,
  selected,
  onOpen,
  onSelect,
}: {
  draft: Draft;
  active: boolean;
  selected: boolean;
  onOpen: () => void;
  onSelect: () => void;
}) {
  const { tone, text } = stateOf(draft);
  return (
    <li
      className={active ? "draft draft-active" : "draft"}
      data-draft={draft.id}
      aria-current={active || undefined}
    >
      <label className="draft-tick">
        <input
          type="checkbox"
          checked={selected}
          aria-label={`Select the draft to ${draft.contact_name}`}
          onChange={onSelect}
        />
      </label>
      <button type="button" className="draft-open" onClick={onOpen}>
        <span className="draft-who">
          <ChannelMark channel={draft.channel} />
          <span className="strong">{draft.contact_name}</span>
        </span>
        <span className="draft-when small muted">{draft.send_at ? <When at={draft.send_at} /> : null}</span>
        <span className="draft-text soft">{draft.subject ?? draft.text}</span>
        <Badge tone={tone}>{text}</Badge>
      </button>
    </li>
  );
}
