import { createStore } from "./store.ts";

/** How many things the reader has not seen, for the title of the page; nothing while it is to be quiet. */
export const unseen = createStore(0);

let title = "Overture";

/** The title of the page behind the number. */
export function titled(name: string, count: number): string {
  return count > 0 ? `(${count > 99 ? "99+" : count}) ${name}` : name;
}

/** Names the page. */
export function setTitle(name: string): void {
  title = name;
  document.title = titled(title, unseen.get());
}

/** Says in the title and the icon of the page how many there are. */
export function setUnseen(count: number): void {
  unseen.set(count);
  document.title = titled(title, count);
  badge(count);
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const address = count > 0 ? "/icon-unseen.svg" : "/icon.svg";
  if (icon && icon.getAttribute("href") !== address) icon.href = address;
}

/** On the icon of the installed application, where there is one. */
function badge(count: number): void {
  const shown = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  shown?.catch(() => undefined);
}
