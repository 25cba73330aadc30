import { describe, expect, it } from "vitest";
import { isFiltered, nextSort, queryOf, readView, writeView } from "./view.ts";

describe("the contact list in the address", () => {
  it("comes back as it went", () => {
    const view = {
      search: "nordlys as",
      status: "Needs BDR",
      sort: "-company",
      import_id: "imp_1",
      campaign_id: "",
      owner: "me",
    };
    expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
  });
  it("writes nothing for the plain list", () =>
    expect(writeView(readView(new URLSearchParams())).toString()).toBe(""));
  it("ignores a sort that does not exist", () =>
    expect(readView(new URLSearchParams("sort=password")).sort).toBe(""));
  it("ignores an owner that is none, and asks for mine by id", () => {
    const ann = "mem_01jd0m0000000000000000000a";
    const asked = (owner: string) => queryOf(readView(new URLSearchParams({ owner })), "mem_mine").owner_id;
    expect(["Ann", "mem_1", "me", ann].map(asked)).toEqual(["", "", "mem_mine", ann]);
    expect(Object.keys(queryOf(readView(new URLSearchParams()), "mem_mine"))).not.toContain("owner");
  });
  it("knows whether anything is filtered", () => {
    expect(isFiltered(readView(new URLSearchParams("sort=name")))).toBe(false);
    expect(isFiltered(readView(new URLSearchParams("q=a")))).toBe(true);
    expect(isFiltered(readView(new URLSearchParams("owner=me")))).toBe(true);
  });
});

it("sorts up, down, and not", () => {
  expect(nextSort("", "name")).toBe("name");
  expect(nextSort("name", "name")).toBe("-name");
  expect(nextSort("-name", "name")).toBe("");
  expect(nextSort("name", "company")).toBe("company");
});
