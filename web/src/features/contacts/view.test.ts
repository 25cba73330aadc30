import { describe, expect, it } from "vitest";
import { isFiltered, nextSort, readView, writeView } from "./view.ts";

describe("the contact list in the address", () => {
  it("comes back as it went", () => {
    const view = {
      search: "nordlys as",
      status: "Needs BDR",
      sort: "-company",
      import_id: "imp_1",
      campaign_id: "",
    };
    expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
  });
  it("writes nothing for the plain list", () =>
    expect(writeView(readView(new URLSearchParams())).toString()).toBe(""));
  it("ignores a sort that does not exist", () =>
    expect(readView(new URLSearchParams("sort=password")).sort).toBe(""));
  it("knows whether anything is filtered", () => {
    expect(isFiltered(readView(new URLSearchParams("sort=name")))).toBe(false);
    expect(isFiltered(readView(new URLSearchParams("q=a")))).toBe(true);
  });
});

it("sorts up, down, and not", () => {
  expect(nextSort("", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
  expect(nextSort("-name", "name")).toBe("");
  expect(nextSort("name", "company")).toBe("company");
});
