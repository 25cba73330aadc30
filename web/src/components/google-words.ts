/** What became of the way to Google, by the word that the server sends back in the address. */
const WORDS: Record<string, string> = {
  cancelled: "You left Google without choosing an account.",
  domain: "Google accounts of this organisation may not sign in here.",
  ended: "This invitation is not valid any more. Ask for a new one.",
  has_account:
    "You have an account here already. Join with its password; after that you can connect Google under Settings, Security.",
  other_address: "This Google account has another e-mail address than the one that is expected here.",
  refused: "Google's answer came too late or did not fit. Begin again.",
  taken: "This Google account is connected with somebody already, or you have another one connected.",
  unknown:
    "Nobody here has connected this Google account. Sign in with your password and connect it under Settings, Security.",
  unreachable: "Google does not answer. Try again in a moment, or use your password.",
  unverified: "Google has not verified the e-mail address of this account. Verify it there first.",
};

/** The words for what went wrong; none where nothing did. */
export function googleWords(word: string | null): string | null {
  if (word === null || word === "connected") return null;
  return (
    (Object.hasOwn(WORDS, word) ? WORDS[word] : undefined) ?? "That did not work with Google. Begin again."
  );
}
