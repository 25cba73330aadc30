import { expect, it } from "vitest";
import type { NotificationChoices } from "~/api/types/notifications.ts";
import { bodyOf, draftOf, turned } from "./words.ts";

const now: NotificationChoices = {
  muted: ["late"],
  push: ["reply"],
  mail: [],
  quiet_from: 1320,
  quiet_until: 450,
  quiet_days: [1, 2],
  time_zone: null,
  mail_goes: "out",
};

it("asks to keep what was read, and only what was changed otherwise", () => {
  const draft = draftOf(now);
  expect([draft.from, draft.until, draft.zone]).toEqual(["22:00", "07:30", ""]);
  expect(bodyOf(draft)).toEqual({
    muted: ["late"],
    push: ["reply"],
    mail: [],
    quiet_days: [1, 2],
    time_zone: "",
    quiet_from: 1320,
    quiet_until: 450,
  });
  expect(bodyOf({ ...draft, isQuiet: false })).not.toHaveProperty("quiet_from");
  const changed = turned(turned(draft, "mail", "late", true), "inApp", "reply", false);
  expect(bodyOf(changed)).toMatchObject({ mail: ["late"], muted: ["reply", "late"], push: ["reply"] });
  expect(turned(changed, "mail", "late", true).mail).toEqual(["late"]);
});
