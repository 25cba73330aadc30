import { expect, it } from "vitest";
import { isAddress, withMore } from "./erased-address.ts";
import { takenWords } from "./taken.ts";

const NOTHING = {
  rows_read: 0,
  added: 0,
  unchanged: 0,
  failed: 0,
  withdrawn: 0,
  in_flight: 0,
  rejected: [],
  rejected_csv: null,
};

it("says what came of a file", () => {
  expect(takenWords({ ...NOTHING, added: 1200, unchanged: 1 })).toBe(
    "1,200 addresses were added, 1 was there already.",
  );
  expect(takenWords({ ...NOTHING, added: 1, withdrawn: 2, in_flight: 1 })).toBe(
    "1 address was added. 2 queued messages will not be sent. 1 message had already left.",
  );
  expect(takenWords({ ...NOTHING, unchanged: 3 })).toBe("All 3 addresses were there already.");
  expect(takenWords({ ...NOTHING, failed: 3 })).toBe("Nothing was added.");
});

it("asks for an address only when it is typed to its end", () => {
  for (const whole of ["ann@x.example", "+1 415 555 2671", "(415) 555-2671"])
    expect(isAddress(whole), whole).toBe(true);
  for (const part of ["ann@", "ann@x", "phone", "+1 41", ""]) expect(isAddress(part), part).toBe(false);
});

it("shows nobody twice", () => {
  const [one, two] = [{ id: "1" }, { id: "2" }];
  expect(withMore([one], [one, two])).toEqual([one, two]);
  expect(withMore([one], undefined)).toEqual([one]);
});
