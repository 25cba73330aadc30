type Role = keyof typeof ROLE_WORDS;

/** What somebody is, within a sentence. */
export const ROLE_WORDS = { admin: "an admin", manager: "a manager", rep: "a rep" } as const;

/** Managers and admins look after the contacts of everybody. */
export const mayManage = (role: Role): boolean => role !== "rep";
