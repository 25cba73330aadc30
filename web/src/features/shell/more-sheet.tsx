import { Link } from "react-router";
import { ThemeSwitch } from "~/components/theme-switch.tsx";
import { paths } from "~/paths.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useNav, useViews } from "./nav.ts";
import { useSignOut } from "./sign-out.ts";

/** Everything that has no room in the bar of a phone. */
export function MoreSheet({ onClose }: { onClose: () => void }) {
  const rest = useNav().slice(4);
  const views = useViews();
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
        <button type="button" className="nav-item" onClick={() => void signOut()}>
          <Icon name="logout" />
          Sign out
        </button>
      </nav>
      <ThemeSwitch />
    </Dialog>
  );
}
