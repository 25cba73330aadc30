import { describe, expect, it } from "vitest";
import { type KeyPress, keyCaps, Matcher, matches, parseKeys, SEQUENCE_MS } from "./hotkeys.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});
const stroke = (keys: string) => {
  const [first] = parseKeys(keys);
  if (!first) throw new Error(`no stroke in ${keys}`);
  return first;
};

describe("matches", () => {
  it("takes Ctrl and Command for Mod", () => {
    expect(matches(stroke("mod+k"), press("k", { ctrlKey: true }), "on")).toBe(true);
    expect(matches(stroke("mod+k"), press("k", { metaKey: true }), "on")).toBe(true);
    expect(matches(stroke("mod+k"), press("k"), "on")).toBe(false);
  });
  it("does not take a letter with Ctrl for the letter", () =>
    expect(matches(stroke("e"), press("e", { ctrlKey: true }), "on")).toBe(false));
  it("tells E from Shift E", () => {
    expect(matches(stroke("e"), press("E", { shiftKey: true }), "on")).toBe(false);
    expect(matches(stroke("shift+e"), press("E", { shiftKey: true }), "on")).toBe(true);
  });
  it("takes ? whatever its layout needs", () =>
    expect(matches(stroke("?"), press("?", { shiftKey: true }), "on")).toBe(true));
});

describe("the switch of WCAG 2.1.4", () => {
  it("silences single keys and keeps combinations", () => {
    expect(matches(stroke("j"), press("j"), "off")).toBe(false);
    expect(matches(stroke("/"), press("/"), "off")).toBe(false);
    expect(matches(stroke("escape"), press("Escape"), "off")).toBe(true);
    expect(matches(stroke("mod+enter"), press("Enter", { ctrlKey: true }), "off")).toBe(true);
  });
  it("asks for Alt, and reads the physical key where Alt prints something else", () => {
    expect(matches(stroke("j"), press("j"), "alt")).toBe(false);
    expect(matches(stroke("j"), press("∆", { altKey: true, code: "KeyJ" }), "alt")).toBe(true);
  });
});

describe("sequences", () => {
  const list = [{ keys: "g i" }, { keys: "g c" }, { keys: "c" }];
  it("waits for the second key", () => {
    const matcher = new Matcher<{ keys: string }>();
    expect(matcher.press(list, press("g"), "on", 0)).toBe("pending");
    expect(matcher.press(list, press("c"), "on", 100)).toEqual({ keys: "g c" });
    expect(matcher.press(list, press("c"), "on", 200)).toEqual({ keys: "c" });
  });
  it("forgets the first key after a while", () => {
    const matcher = new Matcher<{ keys: string }>();
    matcher.press(list, press("g"), "on", 0);
    expect(matcher.press(list, press("c"), "on", SEQUENCE_MS + 1)).toEqual({ keys: "c" });
  });
  it("starts over with a key that fits nothing", () => {
    const matcher = new Matcher<{ keys: string }>();
    matcher.press(list, press("g"), "on", 0);
    expect(matcher.press(list, press("x"), "on", 50)).toBeNull();
    expect(matcher.press(list, press("i"), "on", 60)).toBeNull();
  });
});

it("shows the caps of the platform", () => {
  expect(keyCaps("mod+shift+enter", false)).toEqual(["Ctrl", "Shift", "Enter"]);
  expect(keyCaps("mod+k", true)).toEqual(["⌘", "K"]);
  expect(keyCaps("g i", false)).toEqual(["G", "I"]);
});
