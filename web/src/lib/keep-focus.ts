/** What may take the focus when the control that had it is gone: something that a screen reader names. */
const HOLDERS = "dialog, form, section, ul, ol, table, [role=table], main";

/** What held the control, from the inside out. */
function holdersOf(element: Element): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let up = element.parentElement?.closest<HTMLElement>(HOLDERS); up; ) {
    found.push(up);
    up = up.parentElement?.closest<HTMLElement>(HOLDERS);
  }
  return found;
}

/**
 * Keeps the place of whoever works with the keyboard: when a line is removed together with the button that removed
 * it, the focus goes to the list that it stood in, not to the top of the page. The answer stops it.
 */
export function keepFocus(): () => void {
  let last: { control: Element; holders: HTMLElement[] } | null = null;
  const remember = ({ target }: FocusEvent) => {
    last = target instanceof Element ? { control: target, holders: holdersOf(target) } : null;
  };
  const look = () => {
    if (last === null || last.control.isConnected) return;
    const { holders } = last;
    last = null;
    const nobody = document.activeElement === null || document.activeElement === document.body;
    const holder = holders.find((element) => element.isConnected);
    if (!nobody || !holder) return;
    if (holder.tabIndex < 0 && !holder.hasAttribute("tabindex")) holder.tabIndex = -1;
    holder.dataset.keepsFocus = "";
    holder.focus({ preventScroll: true });
  };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", remember);
  return () => {
    observer.disconnect();
    document.removeEventListener("focusin", remember);
  };
}
