import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { ORDERS, readView, savedPart, sortable, writeView } from "./view.ts";

const read = (query: string) => readView(new URLSearchParams(query));

it("keeps the list of companies in the address, and only what differs", () => {
  expect(writeView(read("q=a%26b&owner=mem_1&sort=-people&view=viw_1")).toString()).toBe(
    "q=a%26b&owner=mem_1&sort=-people&view=viw_1",
  );
  expect(writeView(read("sort=name&view=nothing&page=2")).toString()).toBe("");
  expect(savedPart("sort=-people&view=viw_1&q=x")).toBe("q=x&sort=-people");
});

it("orders by people only while they can be counted, and says so", () => {
  expect(sortable("people", false)).toEqual({ first: "-people", locked: undefined });
  expect(sortable("people", true)?.locked).toContain("10,000");
  expect(sortable("name", true)).toEqual({ first: "name" });
  expect(sortable("industry", false)).toBeUndefined();
});

it("shows every order that the server takes, and no other", () => {
  const path = resolve(import.meta.dirname, "../../../../crates/overture/src/companies.rs");
  const [, variants = ""] = /enum Sort \{([^}]*)\}/.exec(readFileSync(path, "utf8")) ?? [];
  const named = [...variants.matchAll(/rename = "([^"]*)"/g)].map(([, order]) => order);
  expect(named.sort()).toEqual(ORDERS.map(({ sort }) => sort as string).sort());
});
