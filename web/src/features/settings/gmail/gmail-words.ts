/** What became of the way to Google's consent page, by the word that the server sends back in the address. */
const WORDS: Record<string, string> = {
  app_refused:
    "Google does not accept the Google app. Check its client ID and secret, and that the redirect address is entered there.",
  cancelled: "You left Google without allowing anything. Nothing has changed.",
  forbidden: "Only an admin connects senders.",
  no_app: "Enter the Google app first: Google asks people for consent in its name.",
  other_account: "That was another Google account than the sender's. Choose the one with the same address.",
  refused: "Google's answer came too late or did not fit. Connect again.",
  scope: "Sending or reading was not allowed. Connect again and leave both boxes ticked.",
  taken: "There is a sender with this address already, by another provider.",
  unreachable: "Google does not answer. Try again in a moment.",
};

/** The words for what went wrong; none where nothing did. */
export function gmailWords(word: string | null): string | null {
  if (word === null || word === "connected") return null;
  return (
    (Object.hasOwn(WORDS, word) ? WORDS[word] : undefined) ?? "That did not work with Google. Connect again."
  );
}
