import { useEffect, useState } from "react";

/** A secret out of the address, which then no longer shows it: no history and no shared screen keeps it. */
export function useFragment(read: (hash: string) => string | null): string | null {
  const [found, setFound] = useState(() => read(location.hash));
  useEffect(() => {
    const look = () => {
      const next = read(location.hash);
      if (next === null) return;
      setFound(next);
      history.replaceState(history.state, "", location.pathname + location.search);
    };
    look();
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, [read]);
  return found;
}

/** The token of an invitation: all of the fragment. */
export const invitationOf = (hash: string): string | null => (hash.length > 1 ? hash.slice(1) : null);

/** The token of a first step that was right: `#step=…`. */
export const stepOf = (hash: string): string | null => /^#step=([\w-]+)$/.exec(hash)?.[1] ?? null;
