import { Link, useLocation } from "react-router";
import { Icon } from "~/ui/icon.tsx";
import { isHere, useNav } from "./nav.ts";

/** The main navigation of a phone. */
export function TabBar({ onMore }: { onMore: () => void }) {
  const { pathname } = useLocation();
  const nav = useNav().slice(0, 4);
  return (
    <nav className="tabbar" aria-label="Main, small screen">
      {nav.map((item) => (
        <Link key={item.to} to={item.to} aria-current={isHere(item, pathname) ? "page" : undefined}>
          <Icon name={item.icon} />
          {item.label}
          {item.count > 0 ? <span className="tabbar-count">{item.count}</span> : null}
        </Link>
      ))}
      <button type="button" onClick={onMore}>
        <Icon name="more" />
        More
      </button>
    </nav>
  );
}
