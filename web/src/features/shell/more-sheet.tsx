import { Link } from "react-router";
import { useMe } from "~/components/me.ts";
import { useSignOut } from "~/components/session.ts";
import { ThemeSwitch } from "~/components/theme-switch.tsx";
import { paths } from "~/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useNav, usePinned, useViews } from "./nav.ts";
import { WorkspaceSwitch } from "./workspace-switch.tsx";

/** Everything that has no room in the bar of a phone. */
export function MoreSheet({ onClose }: { onClose: () => void }) {
  const rest = useNav().slice(4);
  const views = useViews();
  const pinned = usePinned();
  const me = useMe();
  const signOut = useSignOut();
  return (
    <Dialog title="More" onClose={onClose}>
      <nav className="nav" aria-label="More">
        {views.map((item) => (
          <Link key={item.view} className="nav-item" to={paths.inbox(item.view)} onClick={onClose}>
            <Icon name="inbox" />
            {item.label}
            {item.count > 0 ? <span className="nav-count">{item.count}</span> : null}
          </Link>
        ))}
        {pinned.map(({ id, label, icon, ...to }) => (
          <Link key={id} className="nav-item" to={to} onClick={onClose}>
            <Icon name={icon} />
            <span className="nav-label">{label}</span>
          </Link>
        ))}
        {rest.map((item) => (
          <Link key={item.to} className="nav-item" to={item.to} onClick={onClose}>
            <Icon name={item.icon} />
            {item.label}
          </Link>
        ))}
        <Link className="nav-item" to={paths.settings()} onClick={onClose}>
          <Icon name="settings" />
          Settings
        </Link>
        <Link className="nav-item" to={paths.settings("profile")} onClick={onClose}>
          <Icon name="user" />
          <span className="nav-label">{me.member.name}</span>
        </Link>
        <button type="button" className="nav-item" onClick={signOut.run}>
          <Icon name="logout" />
          Sign out
        </button>
      </nav>
      <WorkspaceSwitch onSwitch={onClose} />
      <ThemeSwitch />
    </Dialog>
  );
}
