import { useQuery } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { snippetsQuery } from "~/api/inbox-queries.ts";
import type { ConversationDetail } from "~/api/types/inbox.ts";
import type { Snippet } from "~/api/types/snippets.ts";
import { toast } from "~/ui/toast.tsx";
import { withGaps } from "./suggest.ts";
import type { Choice } from "./suggest-field.tsx";

/** The texts that can be put into an answer, those of its channel first, and what each becomes for this person. */
export function useCanned(conversation: ConversationDetail | undefined) {
  const snippets = useQuery(snippetsQuery).data ?? [];
  const here = (snippet: Snippet) => (snippet.channel === conversation?.channel ? 0 : 1);
  const choices: Choice[] = snippets
    .toSorted((a, b) => here(a) - here(b))
    .map(({ id, name, body }) => ({ id, name, note: body.replace(/\s+/g, " ").slice(0, 80) }));
  const fill = async ({ id }: Choice): Promise<string> => {
    const snippet = snippets.find((one) => one.id === id);
    if (!snippet || !conversation) return "";
    if (!conversation.contact_id || !snippet.body.includes("{{")) return snippet.body;
    try {
      const asked = { channel: snippet.channel, body: snippet.body, contact_id: conversation.contact_id };
      const { people } = await post<{ people: { body: string }[] }>("/api/messages/preview", asked);
      const { text, gaps } = withGaps(people[0]?.body ?? snippet.body);
      if (gaps > 0) toast("Something is not known of this person: fill in what stands in brackets.");
      return text;
    } catch (error) {
      toast(messageOf(error));
      return snippet.body;
    }
  };
  return { choices, fill };
}
