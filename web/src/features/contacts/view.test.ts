import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  exportUrl,
  filterKey,
  isFiltered,
  NEWEST,
  ORDERS,
  queryOf,
  readView,
  ruleIn,
  savedPart,
  sortable,
  unfiltered,
  writeView,
} from "./view.ts";

describe("the contact list in the address", () => {
  it("comes back as it went", () => {
    const view = {
      search: "nordlys as",
      status: "Needs BDR",
      import_id: "imp_1",
      campaign_id: "",
      owner: "me",
      set_id: "seg_1",
      rule: '{"all":[{"field":"city","op":"is","value":"Oslo & Bergen"}]}',
      sort: "-name",
      cols: "email,f.plan_b",
      view: "viw_1",
    };
    expect(readView(new URLSearchParams(writeView(view).toString()))).toEqual(view);
  });
  it("writes nothing for the plain list", () =>
    expect(writeView(readView(new URLSearchParams())).toString()).toBe(""));
  it("asks for the newest first, unless the address knows an order", () => {
    const sort = (query: string) => queryOf(readView(new URLSearchParams(query)), "mem_mine").sort;
    expect(["", "sort=-company", "sort=email", `sort=${NEWEST}`].map(sort)).toEqual([
      NEWEST,
      "-company",
      NEWEST,
      NEWEST,
    ]);
    expect(readView(new URLSearchParams("cols=a%20b&view=con_1"))).toMatchObject({ cols: "", view: "" });
  });
  it("says why it cannot be put in order while too many match", () => {
    expect(sortable("name")).toEqual({ first: "name" });
    expect(sortable("created_at")).toEqual({ first: "-created_at" });
    expect(sortable("icp_score")).toEqual({ first: "-icp_score" });
    expect(sortable("email")).toBeUndefined();
  });
  it("is saved without the view that was opened, in one order", () => {
    expect(savedPart("view=viw_1&sort=name&status=Replied&page=3&q=a")).toBe("q=a&status=Replied&sort=name");
    expect(savedPart("?q=a")).toBe("q=a");
  });
  it("keeps order and columns when the filters are cleared", () => {
    const view = readView(new URLSearchParams("q=a&sort=name&cols=email&view=viw_1"));
    expect(writeView(unfiltered(view)).toString()).toBe("sort=name&cols=email");
    const other = readView(new URLSearchParams("q=a&sort=-name"));
    expect(filterKey(view)).toBe(filterKey(other));
  });
  it("ignores an owner that is none, and asks for mine by id", () => {
    const ann = "mem_01jd0m0000000000000000000a";
    const asked = (owner: string) => queryOf(readView(new URLSearchParams({ owner })), "mem_mine").owner_id;
    expect(["Ann", "mem_1", "me", ann].map(asked)).toEqual(["", "", "mem_mine", ann]);
    expect(Object.keys(queryOf(readView(new URLSearchParams()), "mem_mine"))).not.toContain("owner");
  });
  it("reads conditions only where they are some", () => {
    const read = (rule: string) => ruleIn(readView(new URLSearchParams({ rule })));
    const rule = { all: [{ not: { set_id: "tag_1" } }, { field: "city", op: "missing" }, { event: "sent" }] };
    expect(read(JSON.stringify(rule))).toEqual(rule);
    const broken = [
      "",
      "{",
      "null",
      "7",
      "{}",
      '{"all":7}',
      '{"any":[{}]}',
      '{"field":"city"}',
      '{"not":null}',
    ];
    expect(broken.map(read)).toEqual(broken.map(() => null));
  });
  it("ignores a set that is none", () =>
    expect(readView(new URLSearchParams({ set_id: "con_1" })).set_id).toBe(""));
  it("is exported whole, with the filters of the list and neither page nor limit", () => {
    const view = readView(new URLSearchParams("q=a%26b&status=Messaged&set_id=lst_1&owner=me&page=2"));
    const url = new URL(exportUrl(view, "mem_1", "csv"), "http://x");
    expect(url.pathname).toBe("/api/contacts/export.csv");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      search: "a&b",
      status: "Messaged",
      set_id: "lst_1",
      owner_id: "mem_1",
      sort: NEWEST,
    });
    expect(exportUrl(readView(new URLSearchParams()), "mem_1", "json")).toBe(
      `/api/contacts/export.json?sort=${NEWEST}`,
    );
  });
  it("knows whether anything is filtered", () => {
    expect(isFiltered(readView(new URLSearchParams("page=2")))).toBe(false);
    expect(isFiltered(readView(new URLSearchParams("sort=name&cols=email&view=viw_1")))).toBe(false);
    expect(isFiltered(readView(new URLSearchParams("q=a")))).toBe(true);
    expect(isFiltered(readView(new URLSearchParams("owner=me")))).toBe(true);
  });
});

it("shows every order that the server takes, and no other", () => {
  const source = readFileSync(
    resolve(import.meta.dirname, "../../../../crates/overture/src/contacts/list.rs"),
    "utf8",
  );
  const [, variants = ""] = /enum Sort \{([^}]*)\}/.exec(source) ?? [];
  const named = [...variants.matchAll(/rename = "([^"]*)"/g)].map(([, order]) => order);
  expect(named.sort()).toEqual(ORDERS.map(({ sort }) => sort as string).sort());
});
