import type { CustomField } from "~/api/types/sets.ts";

/** What puts the value of a field into a message: `{{ contact.custom.seats }}`. */
export const mergeTag = ({ key }: Pick<CustomField, "key">): string => `{{ contact.custom.${key} }}`;
