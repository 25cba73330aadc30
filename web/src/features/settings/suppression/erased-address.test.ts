import { describe, expect, it } from "vitest";
import { isMeant, nameOf } from "./erased-address.ts";

const ann = { value: "Ann@buyer.example", reason: "Said no on the phone" };
const erased = { value: "erased:3fa9c1", reason: null };

describe("an entry of the suppression list", () => {
  it("that was erased is named without its fingerprint", () => {
    expect(nameOf(ann)).toBe("Ann@buyer.example");
    expect(nameOf(erased)).toBe("an erased address");
  });
  it.each([
    ["", true, true],
    [" ann@ ", true, false],
    ["ON THE PHONE", true, false],
    ["erased", false, true],
    ["3fa9c1", false, false],
    ["nobody", false, false],
  ])("is found by %j as it is read", (search, findsAnn, findsErased) => {
    expect([isMeant(ann, search), isMeant(erased, search)]).toEqual([findsAnn, findsErased]);
  });
});
