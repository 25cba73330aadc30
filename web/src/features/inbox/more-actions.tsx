import { useState } from "react";
import type { ConversationDetail } from "~/api/types/inbox.ts";
import { channelLabel } from "~/lib/channel.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import type { IconName } from "~/ui/sprite.tsx";
import { ActionPop } from "./action-pop.tsx";
import { MergeDialog } from "./merge-dialog.tsx";
import type { ConversationActions } from "./use-conversation-actions.ts";
import { splitting, useMerging } from "./use-merging.ts";

type Item = { id: string; icon: IconName; label: string; keys?: string; run: () => void };

/** What is done to a conversation now and then. */
export function MoreActions({
  conversation,
  actions,
}: {
  conversation: ConversationDetail;
  actions: ConversationActions;
}) {
  const [choosing, setChoosing] = useState(false);
  const merging = useMerging();
  const { id, blocked_at, split_from_id: from } = conversation;
  const items: Item[] = [
    {
      id: "inbox.merge",
      icon: "merge",
      label: "Merge with another conversation",
      keys: "shift+m",
      run: () => setChoosing(true),
    },
    {
      id: "inbox.split",
      icon: "split",
      label: "Split it in two",
      keys: "shift+s",
      run: () => splitting.set(id),
    },
    ...(from === null
      ? []
      : [
          {
            id: "inbox.merge-back",
            icon: "undo" as const,
            label: "Merge it back to where it was split off",
            run: () => void merging.merge(from, id),
          },
        ]),
    ...conversation.merged.map((one) => ({
      id: `inbox.unmerge.${one.id}`,
      icon: "undo" as const,
      label: `Take out ${channelLabel(one.channel)}: ${one.address}`,
      run: () => void merging.unmerge(id, one.id),
    })),
    {
      id: "inbox.block",
      icon: "stop",
      label: blocked_at === null ? "Block this person" : "Unblock this person",
      keys: "b",
      run: blocked_at === null ? actions.block : actions.unblock,
    },
  ];
  useCommands(items.map((item) => ({ ...item, group: "Inbox" })));
  return (
    <>
      <ActionPop id="inbox.more" label="More" does="More that can be done with it" icon="more" end>
        {(close) =>
          items.map((item) => (
            <MenuItem
              key={item.id}
              item={item}
              onPick={() => {
                close();
                item.run();
              }}
            />
          ))
        }
      </ActionPop>
      {choosing ? <MergeDialog conversation={conversation} onClose={() => setChoosing(false)} /> : null}
    </>
  );
}

function MenuItem({ item, onPick }: { item: Item; onPick: () => void }) {
  return (
    <button type="button" className="nav-item menu-item" onClick={onPick}>
      <Icon name={item.icon} />
      <span className="nav-label">{item.label}</span>
      {item.keys ? <Keys keys={item.keys} /> : null}
    </button>
  );
}
