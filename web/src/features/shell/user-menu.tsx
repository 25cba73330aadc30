import { useEffect, useRef, useState } from "react";
import { useMe } from "~/components/me.ts";
import { ThemeSwitch } from "~/components/theme-switch.tsx";
import { Icon } from "~/ui/icon.tsx";
import { useSignOut } from "./sign-out.ts";
import "./user-menu.css";

export function UserMenu() {
  const me = useMe();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const signOut = useSignOut();
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div
      className="user-menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        setOpen(false);
        box.current?.querySelector("button")?.focus();
      }}
    >
      <button
        type="button"
        className="nav-item"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        title={me.member.name}
      >
        <Icon name="user" />
        <span className="nav-label">{me.member.name}</span>
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
          <ThemeSwitch />
          <button type="button" className="nav-item" onClick={() => void signOut()}>
            <Icon name="logout" />
            Sign out
          </button>
        </div>
      ) : null}
    </div>
  );
}
