import { expect, it } from "vitest";
import { suggestHandle } from "./handle.ts";

it.each([
  ["Ann Lee", "annlee"],
  ["  Rita  Rep ", "ritarep"],
  ["Åse Lund-Øye", "aselundoye"],
  ["José Ñuñez", "josenunez"],
  ["Łukasz Straße", "lukaszstrasse"],
  ["O'Neil, 3rd", "oneil3rd"],
  ["李小龍", ""],
  ["", ""],
])("%s is suggested as %s", (name, handle) => expect(suggestHandle(name)).toBe(handle));

it("is never longer than a handle may be", () => expect(suggestHandle("a".repeat(80))).toHaveLength(32));
