import { describe, expect, it } from "vitest";
import { readLine, readLines } from "./lines.ts";

describe("a line of targets", () => {
  it("is a name, a company and a title, with whatever looks like an address", () => {
    expect(readLine("Ada Lovelace")).toEqual({ name: "Ada Lovelace" });
    expect(readLine(" Ada Lovelace , Acme,CTO ")).toEqual({
      name: "Ada Lovelace",
      company: "Acme",
      title: "CTO",
    });
    expect(readLine("Ada @ada x:ada_l ada@x.example, Acme")).toEqual({
      name: "Ada",
      company: "Acme",
      telegram: "@ada",
      x: "ada_l",
      email: "ada@x.example",
    });
    expect(readLine("Ada\tAcme\thttps://t.me/ada\thttps://x.com/ada\thttps://ada.example/me")).toEqual({
      name: "Ada",
      company: "Acme",
      telegram: "https://t.me/ada",
      x: "https://x.com/ada",
      url: "https://ada.example/me",
    });
  });
  it("is named by its address where there is no name", () => {
    expect(readLine("https://x.com/ada")).toEqual({ name: "x.com/ada", x: "https://x.com/ada" });
    expect(readLine("ada@x.example")).toEqual({ name: "ada@x.example", email: "ada@x.example" });
  });
  it("is nothing where nothing is written", () => {
    expect(["", "  ", ",,", "\t"].map(readLine)).toEqual([null, null, null, null]);
    expect(readLines("Ada\n\n Bo, Acme\r\n").map(({ name }) => name)).toEqual(["Ada", "Bo"]);
  });
});
