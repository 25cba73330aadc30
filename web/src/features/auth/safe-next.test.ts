import { expect, it } from "vitest";
import { safeNext } from "./safe-next.ts";

it.each([
  ["/inbox/open?q=a", "/inbox/open?q=a"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/login?next=/login", "/"],
  [null, "/"],
])("%s leads to %s", (next, to) => expect(safeNext(next)).toBe(to));
