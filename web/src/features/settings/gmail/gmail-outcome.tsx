import { useSearchParams } from "react-router";
import { Callout } from "~/ui/states.tsx";
import { gmailWords } from "./gmail-words.ts";

/** What became of the way to Google, for who has just come back. */
export function GmailOutcome() {
  const [params] = useSearchParams();
  const word = params.get("gmail");
  const problem = gmailWords(word);
  if (problem)
    return (
      <Callout tone="bad" alert>
        {problem}
      </Callout>
    );
  if (word !== "connected") return null;
  return (
    <Callout tone="good">
      Gmail is connected. Messages leave from it, and what comes in is read every few seconds; nothing in the
      mailbox is changed.
    </Callout>
  );
}
