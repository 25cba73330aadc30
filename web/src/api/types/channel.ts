/** The ways of writing to somebody. */

/** A way of writing to somebody. */
export type Channel = "email" | "sms" | "voicemail" | "whatsapp" | "messenger" | "tiktok" | "telegram";
/** `in`: written by the contact; `out`: by us. */
export type Direction = "in" | "out";
