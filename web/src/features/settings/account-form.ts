import type { Account, AccountSchema, AccountValue, FieldSchema } from "~/api/types/senders.ts";

/** The fields of an account, read from what its provider says that it needs. */

export type AccountField = {
  name: string;
  title: string;
  hint: string;
  kind: "text" | "number" | "secret" | "flag" | "choice";
  options: { value: string; title: string; text: string }[];
  required: boolean;
  fallback: AccountValue;
  /** Nobody needs it for an ordinary account: it has a value of its own. */
  rare: boolean;
};
export type AccountDraft = Record<string, string | boolean>;

const WORDS: Record<string, string> = { none: "None", starttls: "STARTTLS", tls: "TLS" };

/** What nearly everybody uses, where the provider leaves it open. */
const USUAL: Record<string, Record<string, string | number>> = {
  smtp: { security: "starttls", port: 587 },
  imap: { security: "tls", port: 993 },
};

const hintOf = (text: string | undefined): string => (text ?? "").replaceAll("`", "");

/** What a description says that its title does not: nothing of "Port.", the rest of "Port: 587 for STARTTLS". */
function besides(title: string, text: string): string {
  if (text === `${title}.`) return "";
  return text.startsWith(`${title}: `) ? text.slice(title.length + 2) : text;
}

function resolved(field: FieldSchema, schema: AccountSchema): FieldSchema {
  const name = field.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : schema.$defs?.[name];
  return target ? { ...target, ...field } : field;
}

/** `kind` is the provider's id, or `imap` for a mailbox. */
export function fieldsOf(schema: AccountSchema, kind: string): AccountField[] {
  return Object.entries(schema.properties ?? {}).map(([name, raw]) => {
    const field = resolved(raw, schema);
    const types = [field.type ?? "string"].flat();
    const options = (field.oneOf ?? []).flatMap((item) =>
      item.const === undefined
        ? []
        : [{ value: item.const, title: WORDS[item.const] ?? item.const, text: hintOf(item.description) }],
    );
    const title = field.title ?? name;
    const hint = besides(title, hintOf(field.description));
    const required = schema.required?.includes(name) ?? false;
    const fallback = (field.default ?? USUAL[kind]?.[name] ?? null) as AccountValue;
    const look =
      options.length > 0
        ? "choice"
        : field.format === "password"
          ? "secret"
          : types.includes("boolean")
            ? "flag"
            : types.includes("integer") || types.includes("number")
              ? "number"
              : "text";
    return {
      name,
      title,
      hint,
      kind: look,
      options,
      required,
      fallback,
      rare: !required && fallback !== null && look !== "choice",
    };
  });
}

/** What the form shows at first: what is stored, else what the provider suggests. */
export function draftOf(fields: readonly AccountField[], account: Account | null): AccountDraft {
  return Object.fromEntries(
    fields.map((field) => {
      const value = account?.fields[field.name] ?? field.fallback;
      return [field.name, field.kind === "flag" ? value === true : value === null ? "" : String(value)];
    }),
  );
}

/** Whether anything was filled in that the provider did not suggest itself. */
export function isEmpty(fields: readonly AccountField[], draft: AccountDraft): boolean {
  return fields.every(
    (field) => field.kind === "flag" || field.fallback !== null || draft[field.name] === "",
  );
}

/** What is sent: an empty secret keeps the stored one, an emptied field takes its value away. */
export function toAccount(
  fields: readonly AccountField[],
  draft: AccountDraft,
  stored: Account | null,
): Record<string, AccountValue> {
  const account: Record<string, AccountValue> = {};
  for (const field of fields) {
    const value = draft[field.name];
    if (typeof value === "boolean") account[field.name] = value;
    else if (value !== undefined && value !== "")
      account[field.name] =
        field.kind === "number" ? Number(value) : field.kind === "secret" ? value : value.trim();
    else if (field.kind !== "secret" && stored?.fields[field.name] !== undefined) account[field.name] = null;
  }
  return account;
}

const PORTS: Record<string, Record<string, string>> = {
  smtp: { none: "25", starttls: "587", tls: "465" },
  imap: { none: "143", starttls: "143", tls: "993" },
};

/** The usual port of an encryption; a port that somebody chose stays. */
export function portFor(kind: string, security: string, port: string): string {
  const usual = PORTS[kind];
  if (!usual) return port;
  return port === "" || Object.values(usual).includes(port) ? (usual[security] ?? port) : port;
}
