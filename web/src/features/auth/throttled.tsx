import { ApiError } from "~/api/errors.ts";
import { countedDown } from "./countdown.ts";

/** How many seconds the server asks to wait. */
export function retryAfter(error: unknown): number {
  return error instanceof ApiError ? (error.retryAfter ?? 0) : 0;
}

/** Heard once, seen counting: a screen reader that read every second would say nothing else. */
export function Throttled({ words, left }: { words: string; left: number }) {
  if (left === 0) return "You can try again now.";
  return (
    <>
      <span className="sr-only">{words}</span>
      <span aria-hidden="true">{countedDown(words, left)}</span>
    </>
  );
}
