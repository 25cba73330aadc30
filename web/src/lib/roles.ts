/** What somebody is, within a sentence. */
export const ROLE_WORDS = { admin: "an admin", manager: "a manager", rep: "a rep" } as const;
