import { Link, useLocation } from "react-router";
import { Brand } from "~/components/brand.tsx";
import { useMe } from "~/components/me.ts";
import { useNow } from "~/lib/clock.ts";
import { count, when } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { ConnectionLine } from "./connection-line.tsx";
import { ModeChip } from "./mode-chip.tsx";
import { isHere, useNav, usePinned, useViews } from "./nav.ts";
import { UserMenu } from "./user-menu.tsx";

export function Rail({ onPalette }: { onPalette: () => void }) {
  const { pathname, search } = useLocation();
  const me = useMe();
  const now = useNow();
  const nav = useNav();
  const views = useViews();
  const pinned = usePinned();
  const opened = new URLSearchParams(search).get("view");
  return (
    <nav className="rail" aria-label="Main">
      <Link className="brand" to={paths.home} aria-label="Overture, home">
        <Brand />
      </Link>
      <div className="nav">
        <button type="button" className="nav-item" onClick={onPalette} title="Search and commands">
          <Icon name="search" />
          <span className="nav-label">Search</span>
          <span className="nav-count">
            <Keys keys="mod+k" />
          </span>
        </button>
        {nav.map((item) => (
          <Link
            key={item.to}
            className="nav-item"
            to={item.to}
            title={item.label}
            aria-current={isHere(item, pathname) ? "page" : undefined}
          >
            <Icon name={item.icon} />
            <span className="nav-label">{item.label}</span>
            {item.count > 0 ? <span className="nav-count">{count(item.count)}</span> : null}
          </Link>
        ))}
      </div>
      <h2 className="nav-heading">Views</h2>
      <div className="nav">
        {views.map((item) => (
          <Link key={item.view} className="nav-item" to={paths.inbox(item.view)}>
            <span className="nav-label">{item.label}</span>
            {item.count > 0 ? <span className="nav-count">{count(item.count)}</span> : null}
          </Link>
        ))}
        {pinned.map(({ id, label, icon, ...to }) => (
          <Link
            key={id}
            className="nav-item"
            to={to}
            title={label}
            aria-current={pathname === to.pathname && id === opened ? "page" : undefined}
          >
            <Icon name={icon} />
            <span className="nav-label">{label}</span>
          </Link>
        ))}
      </div>
      <div className="rail-foot">
        <ModeChip workspace={me.workspace} />
        <ConnectionLine />
        {me.demo || me.speed !== 1 ? (
          <div className="status-line" title="The demo's clock: waits, send windows and people all follow it">
            <Icon name="clock" />
            <span className="status-text">
              {when(now, now, me.workspace.time_zone)}
              {me.speed === 1 ? "" : `, ${me.speed} times as fast`}
            </span>
          </div>
        ) : null}
        <Link
          className="nav-item"
          to={paths.settings()}
          title="Settings"
          aria-current={pathname.startsWith("/settings") ? "page" : undefined}
        >
          <Icon name="settings" />
          <span className="nav-label">Settings</span>
        </Link>
        <UserMenu />
      </div>
    </nav>
  );
}
