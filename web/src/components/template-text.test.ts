import { expect, test } from "vitest";
import type { WhatsappTemplate, WhatsappTemplates } from "~/api/types/senders.ts";
import { choicesOf, filledText, placeLabel, templateOf } from "./template-text.ts";

const offer: WhatsappTemplate = {
  account: "1",
  name: "offer",
  language: "en_US",
  category: "MARKETING",
  standing: "approved",
  reason: null,
  quality: null,
  layout: {
    header: "For {{1}}",
    body: "Hi {{1}}, until {{ 2 }}. {{1}}!",
    footer: "Bye {{1}}",
    buttons: ["Look"],
    places: [{ part: "header" }, { part: "body" }, { part: "body" }, { part: "button", button: 0 }],
    lacks: null,
  },
  usable: true,
  changed_at: "2027-06-04T10:00:00Z",
};

test("values stand where the platform counts them", () => {
  expect(filledText(offer, ["Ada", "Bob", "Friday"])).toBe(
    "For Ada\n\nHi Bob, until Friday. Bob!\n\nBye {{1}}",
  );
  expect(filledText(offer, [])).toBe("For {{1}}\n\nHi {{1}}, until {{ 2 }}. {{1}}!\n\nBye {{1}}");
  expect([0, 1, 2, 3].map((at) => placeLabel(offer.layout.places, at))).toEqual([
    "{{1}} in the header",
    "{{1}} in the text",
    "{{2}} in the text",
    "{{1}} in the link of button 1",
  ]);
});

test("an empty value keeps its place, and those at the end are none", () => {
  expect(templateOf({ name: " a ", language: "en_US", values: "x\n\n z \n\n" })).toEqual({
    name: "a",
    language: "en_US",
    values: ["x", "", "z"],
  });
});

test("only what may be sent is offered, once, and nothing is said before all accounts are read", () => {
  const account = { sender_id: "snd_1", account: "1", synced_at: "2027-06-04T10:00:00Z", problem: null };
  const all: WhatsappTemplates = {
    data: [offer, { ...offer, account: "2" }, { ...offer, name: "other", usable: false }],
    accounts: [account],
  };
  expect(choicesOf(all)?.map((one) => one.name)).toEqual(["offer"]);
  expect(choicesOf({ ...all, accounts: [] })).toBeNull();
  expect(choicesOf({ ...all, accounts: [account, { ...account, synced_at: null }] })).toBeNull();
  expect(choicesOf(undefined)).toBeNull();
});
