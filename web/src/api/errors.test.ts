import { expect, it } from "vitest";
import { withQuery } from "./client.ts";
import { errorFrom, fieldError, offlineError } from "./errors.ts";

it("reads the error shape of the API", () => {
  const error = errorFrom(422, {
    success: false,
    error: {
      code: 4001,
      name: "contact.email_invalid",
      message: "That is not an e-mail address.",
      fields: [{ field: "email", message: "needs an @" }],
    },
    timestamp: "2026-01-01T00:00:00Z",
    request_id: "req_1",
  });
  expect(error).toMatchObject({ code: 4001, kind: "contact.email_invalid", requestId: "req_1" });
  expect(fieldError(error, "email")).toBe("needs an @");
  expect(fieldError(error, "phone")).toBeUndefined();
});

it("explains an answer that is no JSON of ours", () => {
  expect(errorFrom(502, undefined).message).toContain("restarting");
  expect(errorFrom(418, "<html>").message).toContain("418");
  expect(offlineError().isOffline).toBe(true);
});

it("leaves empty filters out of the address", () => {
  expect(withQuery("/api/contacts", { search: "", status: null, limit: 5, cursor: "a b" })).toBe(
    "/api/contacts?limit=5&cursor=a+b",
  );
  expect(withQuery("/api/jobs")).toBe("/api/jobs");
});
