import { expect, it } from "vitest";
import type { Contact } from "~/api/types/contacts.ts";
import { undoing } from "./use-save.ts";

const contact = { city: "Oslo", title: null, custom: { size: "50" } } as unknown as Contact;

it("takes back exactly what was changed, and clears what was not there", () => {
  expect(undoing(contact, { city: "Bergen", title: "CEO" })).toEqual({ city: "Oslo", title: null });
  expect(undoing(contact, { custom: { size: "60", tier: "A" } })).toEqual({
    custom: { size: "50", tier: null },
  });
});
