import type { Role } from "~/api/types/workspace.ts";

/** What each role may do, in one sentence. */
export const ROLES: { value: Role; title: string; text: string }[] = [
  {
    value: "rep",
    title: "Rep",
    text: "Works with contacts, campaigns and the inbox: their own, or everybody's where the workspace is set so.",
  },
  {
    value: "manager",
    title: "Manager",
    text: "Leads reps: sees what everybody has, and hands contacts over.",
  },
  {
    value: "admin",
    title: "Admin",
    text: "Everything: people, senders, settings, and whether messages reach real people.",
  },
];

export function roleTitle(role: Role): string {
  return ROLES.find((item) => item.value === role)?.title ?? role;
}
