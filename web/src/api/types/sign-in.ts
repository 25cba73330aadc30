/** Signing in: the second step, passkeys, and the sessions that follow. */

import type { Instant } from "./wire.ts";
import type { Me } from "./workspace.ts";

/** The password was right, and a code is asked for before there is a session. */
export type SecondStep = { second_factor: { kinds: ("totp" | "recovery" | "passkey")[]; token: string } };
export const needsSecondStep = (answer: Me | SecondStep): answer is SecondStep => "second_factor" in answer;
/** How I sign in; `google` is null where the installation knows no Google. */
export type TwoStep = {
  on: boolean;
  since: Instant | null;
  recovery_codes_left: number;
  has_password: boolean;
  google: { email: string | null } | null;
  /** Not where this site has no name, only an IP address. */
  passkeys_possible: boolean;
  passkeys: Passkey[];
};
/** A key on a device that signs in without a password. */
export type Passkey = { id: string; name: string; created_at: Instant; used_at: Instant | null };
/** What to ask a device for; `question` goes back with its answer. */
export type Question<T> = { question: string; options: T };
/** What an authenticator app is told: as text, as an address, and as the dark squares of a QR code. */
export type Enrolment = { secret: string; uri: string; qr: { size: number; path: string } };
/** Codes for the day the authenticator app is gone; shown once. */
export type RecoveryCodes = { recovery_codes: string[] };
/** One browser that is signed in. */
export type Session = {
  id: string;
  current: boolean;
  agent: string | null;
  address: string | null;
  created_at: Instant;
  seen_at: Instant;
};
