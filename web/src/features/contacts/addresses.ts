import type { Address, AddressKind, Contact, DuplicateReason } from "~/api/types/contacts.ts";

/** What people call them; in the order in which they are offered. */
export const ADDRESS_LABEL: Record<AddressKind, string> = {
  email: "E-mail",
  phone: "Phone",
  whatsapp: "WhatsApp",
  telegram: "Telegram",
  messenger: "Messenger",
  tiktok: "TikTok",
};

/** Whether they have left it for another one: nobody is written to there. */
export const isFormer = ({ source }: Pick<Address, "source">) => source === "former";

/** Whether there is anything that a message can be written to. */
export function isReachable(contact: Contact): boolean {
  const onPlatforms = contact.addresses.some(
    (address) => !isFormer(address) && (address.kind === "whatsapp" || address.kind === "messenger"),
  );
  return contact.email !== null || contact.phone !== null || onPlatforms;
}

/** Why two contacts may be one person, in the order in which they are offered. */
export const REASON_LABEL: Record<DuplicateReason, string> = {
  phone: "Same phone number",
  name_and_domain: "Same name and e-mail domain",
  name_and_company: "Same name and company",
};
