import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { setTitle } from "~/lib/unseen.ts";
import { Icon } from "~/ui/icon.tsx";

/** The frame of a page: its name, what can be done, what it shows. */
export function Page({
  title,
  heading,
  back,
  badges,
  actions,
  tabs,
  flush,
  children,
}: {
  title: string;
  heading?: ReactNode;
  back?: { to: string; label: string };
  badges?: ReactNode;
  actions?: ReactNode;
  tabs?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) {
  useTitle(title);
  return (
    <div className="page">
      <header className="page-head">
        {back ? (
          <Link className="btn btn-quiet btn-icon" to={back.to} aria-label={back.label} title={back.label}>
            <Icon name="left" />
          </Link>
        ) : null}
        <h1>{heading ?? title}</h1>
        {badges}
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      {tabs}
      <div className={flush ? "page-body page-body-flush" : "page-body"}>{children}</div>
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    setTitle(`${title} · Overture`);
  }, [title]);
}
