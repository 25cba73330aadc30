import { Link } from "react-router";
import type { Workspace } from "~/api/types/workspace.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import type { IconName } from "~/ui/sprite.tsx";

type Mode = { look: string; icon: IconName; title: string; text: string };

/** Whether messages reach real people, in words; webhooks are called in either mode. */
export function modeOf(workspace: Workspace): Mode {
  if (workspace.sending_stopped) {
    return {
      look: "mode-stopped",
      icon: "stop",
      title: "Sending is stopped",
      text: "No message leaves until it is resumed",
    };
  }
  return workspace.send_mode === "live"
    ? { look: "mode-live", icon: "globe", title: "Live", text: "Messages reach real people" }
    : { look: "mode-sandbox", icon: "shield", title: "Sandbox", text: "Messages reach no real person" };
}

export function ModeChip({ workspace }: { workspace: Workspace }) {
  const mode = modeOf(workspace);
  return (
    <Link
      className={`mode ${mode.look}`}
      to={paths.settings("sending")}
      title={`${mode.title}: ${mode.text}`}
    >
      <Icon name={mode.icon} />
      <span className="mode-text">
        {mode.title}
        <small>{mode.text}</small>
      </span>
    </Link>
  );
}
