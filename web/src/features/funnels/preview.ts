import { infiniteQueryOptions } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { FunnelNode } from "~/api/types/funnels.ts";

/** A text as one contact would get it. */
export type Previewed = {
  contact_id: string;
  name: string;
  to: string | null;
  missing: string[];
  subject: string | null;
  body: string;
};
export type Previews = {
  /** Whose texts these are: of those in the campaign, of those whom it would take, or of all contacts. */
  whose: "campaign" | "audience" | "all";
  total: number;
  missing: { field: string; count: number }[];
  people: Previewed[];
  next_cursor: string | null;
};

/** Page by page, those first who lack most. */
export function previewQuery(
  node: FunnelNode,
  channel: Channel,
  { search, campaign }: { search: string; campaign: string | undefined },
) {
  const text = (name: string) => {
    const value = node.config?.[name];
    return typeof value === "string" ? value : "";
  };
  const subject = text("subject");
  const body = {
    channel,
    body: text("body"),
    ...(subject === "" ? {} : { subject }),
    ...(search === "" ? {} : { search }),
    ...(campaign === undefined ? {} : { campaign_id: campaign }),
  };
  return infiniteQueryOptions({
    queryKey: ["message-preview", JSON.stringify(body)],
    queryFn: ({ signal, pageParam }) =>
      post<Previews>(
        "/api/messages/preview",
        { ...body, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    staleTime: 60_000,
    retry: false,
  });
}

/** A text cut at the places where a value is missing; the server puts the field between two marks. */
export function cutAtGaps(text: string): { text: string; gap: boolean }[] {
  return text
    .split(/\u{e000}([^\u{e001}]*)\u{e001}/u)
    .map((part, at) => ({ text: part, gap: at % 2 === 1 }))
    .filter((part) => part.text !== "");
}

/** `contact.first_name` as people say it. */
export function fieldWords(field: string): string {
  return field
    .replace(/^contact\.(custom\.)?/i, "")
    .replaceAll("_", " ")
    .toLowerCase();
}
