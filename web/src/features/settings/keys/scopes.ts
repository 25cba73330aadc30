import type { KeyScope } from "~/api/types/keys.ts";
import type { Role } from "~/api/types/workspace.ts";
import { words } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";

/** How far a deed reaches, from harmless to far. */
export const ACCESS = ["read", "write", "send", "manage", "admin"] as const;
export type Access = (typeof ACCESS)[number];

export const ACCESS_LABEL: Record<Access, string> = {
  read: "Read",
  write: "Change",
  send: "Send",
  manage: "Manage",
  admin: "Admin",
};

/** Nouns that read badly as they are. */
const NOUN: Record<string, string> = {
  assignment: "Assignment",
  audit: "Audit log",
  bulk: "Bulk actions",
  campaign: "Campaigns",
  company: "Companies",
  consent: "Consent",
  contact: "Contacts",
  conversation: "Conversations",
  dead: "Dead letters",
  delivery: "Deliveries of webhooks",
  erasure: "Erasures",
  draft: "Send queue",
  field: "Custom fields",
  funnel: "Funnels",
  google: "Google app",
  icp: "ICP profiles",
  import: "Imports",
  invitation: "Invitations",
  job: "Jobs",
  key: "API keys",
  label: "Labels",
  list: "Lists",
  macro: "Macros",
  mapping: "Saved mappings of imports",
  member: "Members",
  merge: "Merges",
  message: "Messages",
  note: "Notes",
  notification: "Notifications",
  profile: "Profile",
  provider: "Providers",
  push: "Push",
  relayer: "Relayers",
  reply: "Reply times",
  search: "Search",
  segment: "Segments",
  sender: "Senders",
  sending: "Sending",
  session: "Sessions",
  settings: "Settings",
  snippet: "Snippets",
  stats: "Statistics",
  suppression: "Suppression list",
  target: "Targets",
  task: "Tasks",
  team: "Team totals",
  tag: "Tags",
  view: "Saved views",
  webhook: "Webhooks",
};

/** Only a person at a browser may do these, whatever a key says. */
const PERSONAL: readonly string[] = ["key", "profile", "session", "invitation"];

export type ScopeRow = { noun: string; label: string; cells: Partial<Record<Access, readonly string[]>> };

export const hasLabel = (noun: string): boolean => Object.hasOwn(NOUN, noun);

const nounLabel = (noun: string): string => (hasLabel(noun) ? NOUN[noun] : undefined) ?? words(noun);

const isAccess = (text: string): text is Access => (ACCESS as readonly string[]).includes(text);

/** What somebody of this role may do anyway: a key never may more than its member. */
function within(role: Role, access: Access): boolean {
  if (access === "admin") return role === "admin";
  return access !== "manage" || mayManage(role);
}

/** The table of what can be chosen: a line for each noun, in the order of its name. */
export function scopeRows(scopes: readonly KeyScope[], role: Role): ScopeRow[] {
  const found = new Map<string, ScopeRow>();
  for (const { scope, about } of scopes) {
    const [noun = "", access = ""] = scope.split(":");
    if (!isAccess(access) || !within(role, access) || PERSONAL.includes(noun)) continue;
    const row = found.get(noun) ?? { noun, label: nounLabel(noun), cells: {} };
    row.cells[access] = about;
    found.set(noun, row);
  }
  return [...found.values()].sort((a, b) => a.label.localeCompare(b.label, "en"));
}

/** The columns that have anything in them. */
export function scopeColumns(table: readonly ScopeRow[]): Access[] {
  return ACCESS.filter((access) => table.some(({ cells }) => cells[access] !== undefined));
}

/** What a key may do, as a list of sayings; `whose` is `you` or a name. */
export function scopeWords(scopes: readonly string[], whose: string): string[] {
  if (scopes.includes("*") || scopes.includes("*:*")) return [`Everything ${whose} may do`];
  const everywhere = scopes.filter((scope) => scope.startsWith("*:")).map((scope) => scope.slice(2));
  const sayings = everywhere.map((access) => `${accessLabel(access)} everything`);
  const nouns = new Map<string, string[]>();
  for (const scope of scopes) {
    const [noun = "", access = ""] = scope.split(":");
    if (noun === "*" || everywhere.includes(access)) continue;
    nouns.set(noun, [...(nouns.get(noun) ?? []), access]);
  }
  for (const [noun, reach] of nouns) {
    const parts = reach.includes("*") ? ["everything"] : inOrder(reach).map((part) => accessLabel(part));
    sayings.push(`${nounLabel(noun)}: ${parts.join(", ").toLowerCase()}`);
  }
  return sayings;
}

const accessLabel = (access: string): string => (isAccess(access) ? ACCESS_LABEL[access] : words(access));

const inOrder = (reach: readonly string[]): string[] =>
  [...reach].sort((a, b) => ACCESS.indexOf(a as Access) - ACCESS.indexOf(b as Access));
