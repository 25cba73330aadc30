import { Link } from "react-router";
import { useMe } from "~/components/me.ts";
import { useSignOut } from "~/components/session.ts";
import { ThemeSwitch } from "~/components/theme-switch.tsx";
import { usePop } from "~/lib/use-pop.ts";
import { paths } from "~/paths.ts";
import { Icon } from "~/ui/icon.tsx";
import "./user-menu.css";
import { WorkspaceSwitch } from "./workspace-switch.tsx";

export function UserMenu() {
  const me = useMe();
  const { open, setOpen, box, onKeyDown } = usePop();
  const signOut = useSignOut();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div className="user-menu" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className={me.workspaces.length > 1 ? "nav-item nav-item-tall" : "nav-item"}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        title={me.member.name}
      >
        <Icon name="user" />
        <span className="nav-label">
          {me.member.name}
          {me.workspaces.length > 1 ? <small>{me.workspace.name}</small> : null}
        </span>
        <span className="nav-count">
          <Icon name="up" />
        </span>
      </button>
      {open ? (
        <div className="user-pop">
          <div>
            <div className="strong">{me.workspace.name}</div>
            <div className="small soft clip">{me.member.email}</div>
          </div>
          <WorkspaceSwitch onSwitch={() => setOpen(false)} />
          <ThemeSwitch />
          <div className="nav">
            <Link className="nav-item" to={paths.settings("profile")} onClick={() => setOpen(false)}>
              <Icon name="user" />
              Your profile
            </Link>
            <button type="button" className="nav-item" disabled={signOut.isPending} onClick={signOut.run}>
              <Icon name="logout" />
              Sign out
            </button>
          </div>
        </div>
      ) : null}
    </div>
  );
}
