import { useRef } from "react";

/** The value as it was when its `mark` was last another one: what looks the same stays the very same. */
export function useSame<T>(value: T, mark: string): T {
  const kept = useRef({ value, mark });
  if (kept.current.mark !== mark) kept.current = { value, mark };
  return kept.current.value;
}
