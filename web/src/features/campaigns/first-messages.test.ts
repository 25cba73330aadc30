import { expect, test } from "vitest";
import { firstWeeks, MOST_WEEKS, moved } from "./first-messages.ts";

const office = [{ days: [1, 2, 3, 4, 5], from: "09:00", until: "17:00" }];
const holidays = [{ day: "2027-03-05", name: "Founders' day" }];

test("weeks begin on Monday, and a closed day says why", () => {
  // A Thursday.
  const forecast = [
    { day: "2027-03-04", messages: 100 },
    { day: "2027-03-08", messages: 40 },
  ];
  const weeks = firstWeeks(forecast, { today: "2027-03-04", windows: office, holidays, ends: true });
  expect(weeks).toHaveLength(2);
  const [mon, , , thu, fri, sat] = weeks[0] ?? [];
  expect([mon?.day, mon?.past]).toEqual(["2027-03-01", true]);
  expect(thu).toMatchObject({ messages: 100, hours: ["09:00 to 17:00"], past: false, last: false });
  expect(fri).toMatchObject({ messages: 0, hours: [], holiday: "Founders' day" });
  expect(sat).toMatchObject({ hours: [], holiday: null });
  expect(weeks[1]?.[0]).toMatchObject({ day: "2027-03-08", messages: 40, last: true });
  expect(
    firstWeeks(forecast, { today: "2027-03-04", windows: [], holidays: [], ends: false })[1]?.[0],
  ).toMatchObject({
    hours: ["any hour"],
    last: false,
  });
});

test("what takes long is cut, and nothing is drawn for nothing", () => {
  const asked = { today: "2027-03-04", windows: office, holidays: [], ends: true };
  expect(firstWeeks([{ day: "2028-01-01", messages: 1 }], asked)).toHaveLength(MOST_WEEKS);
  expect(firstWeeks([], asked)).toEqual([]);
});

test("the arrows walk by days and weeks", () => {
  expect(moved("ArrowRight", 3, 14)).toBe(4);
  expect(moved("ArrowDown", 3, 14)).toBe(10);
  expect(moved("ArrowUp", 3, 14)).toBeNull();
  expect(moved("End", 8, 14)).toBe(13);
  expect(moved("x", 3, 14)).toBeNull();
});
