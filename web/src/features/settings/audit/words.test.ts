import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { AuditEntry } from "~/api/types/audit.ts";
import { hasWords, KINDS, sentence } from "./words.ts";

/** The names of everything that the server writes down, read from where it declares them. */
function actions(): string[] {
  const sources = resolve(import.meta.dirname, "../../../../../crates/overture/src");
  const found = new Set<string>();
  for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".rs")) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), "utf8");
    const tools =
      /Tool::new\(\s*"([a-z_]+)",\s*"([A-Z]+) [^"]*",\s*(?:Access::)?(\w+),(?:"[^"]*"|[^;"])*?\n? *\)(\s*\.revealing)?/g;
    for (const [, name = "", method = "", access = "", reveals = ""] of text.matchAll(tools))
      if ((method !== "GET" && access.toLowerCase() !== "read") || reveals !== "") found.add(name);
    for (const [, name = ""] of text.matchAll(/Deed \{\s*action: "([a-z_]+)"/g)) found.add(name);
  }
  return [...found].sort();
}

const said = (action: string, fields: string[] = [], changes: AuditEntry["changes"] = []) => {
  const { before, thing, after, fields: touched } = sentence({ action, fields, changes });
  return `${before}${thing}${after}${touched.length > 0 ? `: ${touched.join(", ")}` : ""}`;
};

describe("the words of the audit log", () => {
  const known = actions();

  it("finds what the server writes down", () => {
    expect(known.length).toBeGreaterThan(40);
    for (const name of [
      "member_update",
      "password_change",
      "import_upload",
      "key_create",
      "invitation_accept",
      "sender_webhook_secret",
    ])
      expect(known).toContain(name);
  });

  it("has words for all of it", () => {
    expect(known.filter((action) => !hasWords(action))).toEqual([]);
    for (const action of known) expect(said(action)).toMatch(/^[a-z][A-Za-z -]+$/);
  });

  it("has one kind for each of it", () => {
    const kinds = (action: string) =>
      KINDS.filter(({ value }) => action === value || action.startsWith(`${value}_`));
    expect(known.filter((action) => kinds(action).length !== 1)).toEqual([]);
  });

  it("says what settings and rights were and are", () => {
    const role = { field: "role", from: "rep", to: "manager" };
    expect(said("member_update", ["role", "handle"], [role])).toBe(
      "changed a member: role from “rep” to “manager”, handle",
    );
    const cap = { field: "daily_cap", from: null, to: 50 };
    const kinds = { field: "kinds", from: [], to: ["message.sent", "message.failed"] };
    expect(said("webhook_update", [], [cap, kinds])).toBe(
      "changed a webhook: daily cap from nothing to 50, kinds from nothing to “message.sent”, “message.failed”",
    );
    expect(said("settings_send_mode", ["mode"], [{ field: "send_mode", from: "sandbox", to: "live" }])).toBe(
      "switched between sandbox and live: send mode from “sandbox” to “live”",
    );
  });

  it("says what a change touched, and nothing of what else was sent", () => {
    expect(said("member_update", ["role", "disabled"])).toBe("changed a member: role, disabled");
    expect(said("campaign_update", ["id", "senders", "windows"])).toBe(
      "changed a campaign: senders, sending hours",
    );
    expect(said("contact_update", ["time_zone", "owner_id"])).toBe("changed a contact: time zone, owner");
    expect(said("contact_create", ["email", "phone"])).toBe("added a contact");
  });

  it("makes words for an action that it does not know", () => {
    expect(said("ladder_delete")).toBe("deleted a ladder");
    expect(said("api_key_create", ["name"])).toBe("made an api key: name");
    expect(said("ladder_climb", ["height"])).toBe("did “ladder climb”: height");
    expect(said("constructor")).toBe("did “constructor”");
    expect(said("")).toBe("did “”");
  });
});
