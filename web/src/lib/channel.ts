import type { Channel } from "~/api/types/channel.ts";

/** The five lines of the Score: channels that feel alike share a line and a colour. */
export type Family = "email" | "text" | "voice" | "chat" | "social";

export const FAMILIES: readonly Family[] = ["email", "text", "voice", "chat", "social"];

export const FAMILY_LABEL: Record<Family, string> = {
  email: "Email",
  text: "Text",
  voice: "Voice",
  chat: "Chat",
  social: "Social",
};

const FAMILY: Record<Channel, Family> = {
  email: "email",
  sms: "text",
  voicemail: "voice",
  whatsapp: "chat",
  messenger: "chat",
  telegram: "chat",
  tiktok: "social",
};

const LABEL: Record<Channel, string> = {
  email: "Email",
  sms: "Text",
  voicemail: "Voicemail",
  whatsapp: "WhatsApp",
  messenger: "Messenger",
  telegram: "Telegram",
  tiktok: "TikTok",
};

const PHRASE: Record<Channel, string> = {
  email: "by email",
  sms: "by text",
  voicemail: "by voicemail",
  whatsapp: "on WhatsApp",
  messenger: "on Messenger",
  telegram: "on Telegram",
  tiktok: "on TikTok",
};

/** Every channel, in the order of the Score. */
export const CHANNELS = Object.keys(LABEL) as readonly Channel[];

export const familyOf = (channel: Channel): Family => FAMILY[channel] ?? "chat";
export const channelLabel = (channel: Channel): string => LABEL[channel] ?? channel;
export const channelPhrase = (channel: Channel): string => PHRASE[channel] ?? `by ${channel}`;
