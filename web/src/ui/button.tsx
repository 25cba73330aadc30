import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Icon } from "./icon.tsx";
import { Keys } from "./keys.tsx";
import type { IconName } from "./sprite.tsx";

export type ButtonLook = "plain" | "primary" | "danger" | "quiet";

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> & {
  look?: ButtonLook;
  small?: boolean;
  icon?: IconName;
  /** The shortcut that does the same, shown in the button. */
  keys?: string;
  busy?: boolean;
};

export function buttonClass(look: ButtonLook = "plain", small = false): string {
  return `btn${look === "plain" ? "" : ` btn-${look}`}${small ? " btn-small" : ""}`;
}

export function Button({ look, small, icon, keys, busy, children, onClick, type, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type ?? "button"}
      className={buttonClass(look, small)}
      // Not disabled while it works: that would take the focus away.
      aria-disabled={busy || undefined}
      aria-busy={busy}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {icon ? <Icon name={icon} /> : null}
      {children}
      {keys ? <Keys keys={keys} /> : null}
    </button>
  );
}

/** A button that shows only its icon; the label is its name and its tooltip. */
export function IconButton({
  icon,
  label,
  look = "quiet",
  ...rest
}: Omit<ButtonProps, "children" | "small" | "keys" | "busy"> & {
  icon: IconName;
  label: string;
  children?: ReactNode;
}) {
  return (
    <button
      {...rest}
      type="button"
      className={`${buttonClass(look)} btn-icon`}
      aria-label={label}
      title={label}
    >
      <Icon name={icon} />
    </button>
  );
}
