import { describe, expect, it } from "vitest";
import type { AccountSchema } from "~/api/types/senders.ts";
import { draftOf, fieldsOf, isEmpty, portFor, toAccount } from "./account-form.ts";

const SMTP: AccountSchema = {
  $defs: { Security: { oneOf: [{ const: "starttls", description: "Port 587." }, { const: "tls" }] } },
  properties: {
    host: { title: "Server", type: "string" },
    port: { title: "Port", type: "integer" },
    username: { title: "User name", type: ["string", "null"] },
    password: { title: "Password", type: ["string", "null"], format: "password" },
    security: { title: "Encryption", $ref: "#/$defs/Security", default: "starttls" },
    accept_invalid_certs: { title: "Accept any certificate", type: "boolean", default: false },
  },
  required: ["host", "port"],
};
const fields = fieldsOf(SMTP, "smtp");

describe("the form of an account", () => {
  it("is read from what the provider says", () => {
    expect(fields.map((field) => [field.name, field.kind, field.rare])).toEqual([
      ["host", "text", false],
      ["port", "number", false],
      ["username", "text", false],
      ["password", "secret", false],
      ["security", "choice", false],
      ["accept_invalid_certs", "flag", true],
    ]);
  });
  it.each([
    ["Port: 587 for STARTTLS, 465 for TLS.", "587 for STARTTLS, 465 for TLS."],
    ["Port.", ""],
    ["Portable: no.", "Portable: no."],
    ["Mail server, for example `smtp.example.com`.", "Mail server, for example smtp.example.com."],
  ])("says of a port in %j what its title does not", (description, hint) => {
    const properties = { port: { title: "Port", type: "integer", description } };
    expect(fieldsOf({ ...SMTP, properties }, "smtp").map((field) => field.hint)).toEqual([hint]);
  });
  it("is empty until somebody fills in what was not suggested", () => {
    const draft = draftOf(fields, null);
    expect(draft).toMatchObject({ port: "587", security: "starttls" });
    expect(isEmpty(fields, draft)).toBe(true);
    expect(isEmpty(fields, { ...draft, host: "smtp.example.com" })).toBe(false);
  });
  it("keeps a stored secret, replaces one that is typed, and takes away what is emptied", () => {
    const stored = { fields: { host: "a", port: 587, username: "me", security: "tls" }, saved: ["password"] };
    const draft = { ...draftOf(fields, stored), username: "" };
    expect(toAccount(fields, draft, stored)).toEqual({
      host: "a",
      port: 587,
      username: null,
      security: "tls",
      accept_invalid_certs: false,
    });
    expect(toAccount(fields, { ...draft, password: " p " }, stored).password).toBe(" p ");
  });
  it("follows the encryption with its usual port and leaves another one alone", () => {
    expect(portFor("smtp", "tls", "587")).toBe("465");
    expect(portFor("smtp", "tls", "")).toBe("465");
    expect(portFor("smtp", "tls", "2525")).toBe("2525");
    expect(portFor("twilio", "tls", "")).toBe("");
  });
});
