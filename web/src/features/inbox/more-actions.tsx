import type { Conversation } from "~/api/types/inbox.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import type { IconName } from "~/ui/sprite.tsx";
import { ActionPop } from "./action-pop.tsx";
import type { ConversationActions } from "./use-conversation-actions.ts";

/** What is done to a conversation now and then. */
export function MoreActions({
  conversation,
  actions,
}: {
  conversation: Conversation;
  actions: ConversationActions;
}) {
  const blocked = conversation.blocked_at !== null;
  const block = blocked ? actions.unblock : actions.block;
  const does = blocked ? "Unblock this person" : "Block this person";
  useCommands([{ id: "inbox.block", label: does, group: "Inbox", keys: "b", icon: "stop", run: block }]);
  return (
    <ActionPop id="inbox.more" label="More" does="More that can be done with it" icon="more" end>
      {(close) => (
        <MenuItem
          icon="stop"
          label={does}
          keys="b"
          onPick={() => {
            close();
            block();
          }}
        />
      )}
    </ActionPop>
  );
}

function MenuItem({
  icon,
  label,
  keys,
  onPick,
}: {
  icon: IconName;
  label: string;
  keys?: string;
  onPick: () => void;
}) {
  return (
    <button type="button" className="nav-item menu-item" onClick={onPick}>
      <Icon name={icon} />
      <span className="nav-label">{label}</span>
      {keys ? <Keys keys={keys} /> : null}
    </button>
  );
}
