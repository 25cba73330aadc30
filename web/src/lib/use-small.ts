import { useSyncExternalStore } from "react";

const phone = () => matchMedia("(max-width: 759.98px)");

/** Whether there is only room for one thing at a time. */
export function useSmall(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = phone();
      query.addEventListener("change", listener);
      return () => query.removeEventListener("change", listener);
    },
    () => phone().matches,
  );
}
