import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { KeyScope } from "~/api/types/keys.ts";
import { hasLabel, scopeColumns, scopeRows, scopeWords } from "./scopes.ts";

const KNOWN: KeyScope[] = [
  { scope: "contact:write", about: ["Create a contact."] },
  { scope: "contact:read", about: ["List contacts.", "Read one contact."] },
  { scope: "contact:manage", about: ["Hand contacts over."] },
  { scope: "campaign:send", about: ["Start."] },
  { scope: "key:write", about: ["Make an API key."] },
  { scope: "sender:admin", about: ["Add a sender."] },
  { scope: "web_hook:read", about: ["List."] },
  { scope: "contact:own", about: ["Not known here."] },
];
const cells = (role: "admin" | "manager" | "rep") =>
  scopeRows(KNOWN, role).map((row) => `${row.label}: ${Object.keys(row.cells).join(" ")}`);

describe("what a key can be allowed", () => {
  it("is a table by noun, without what only a person may do", () =>
    expect(cells("admin")).toEqual([
      "Campaigns: send",
      "Contacts: write read manage",
      "Senders: admin",
      "Web hook: read",
    ]));
  it("leaves out what the member may not do anyway", () => {
    expect(cells("manager")).toEqual(["Campaigns: send", "Contacts: write read manage", "Web hook: read"]);
    expect(cells("rep")).toEqual(["Campaigns: send", "Contacts: write read", "Web hook: read"]);
  });
  it("has only columns with something in them", () => {
    expect(scopeColumns(scopeRows(KNOWN, "admin"))).toEqual(["read", "write", "send", "manage", "admin"]);
    expect(scopeColumns(scopeRows(KNOWN, "rep"))).toEqual(["read", "write", "send"]);
  });
});

describe("what a key may do, in words", () => {
  it.each([
    [["*"], "you", ["Everything you may do"]],
    [["*", "contact:read"], "Ann Lee", ["Everything Ann Lee may do"]],
    [["*:read"], "you", ["Read everything"]],
    [["contact:*", "*:read"], "you", ["Read everything", "Contacts: everything"]],
    [["contact:read", "contact:write", "*:read"], "you", ["Read everything", "Contacts: change"]],
    [["dead:write", "contact:send", "contact:read"], "you", ["Dead letters: change", "Contacts: read, send"]],
    [["web_hook:own"], "you", ["Web hook: own"]],
  ])("says %j", (scopes, whose, said) => expect(scopeWords(scopes, whose)).toEqual(said));
});

it("has a name for everything that a key can be allowed", () => {
  const list = readFileSync(
    resolve(
      import.meta.dirname,
      "../../../../../crates/overture/tests/it/snapshots/it__http__the_openapi_document_names_every_tool.snap",
    ),
    "utf8",
  );
  const nouns = [...list.matchAll(/^([a-z]+)_[a-z_]+ (?:GET|POST|PUT|PATCH|DELETE) /gm)].map(
    ([, noun = ""]) => noun,
  );
  expect(nouns).toContain("contact");
  expect([...new Set(nouns)].filter((noun) => !hasLabel(noun))).toEqual([]);
});
