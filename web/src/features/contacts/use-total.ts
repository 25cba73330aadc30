import { useQuery } from "@tanstack/react-query";
import type { Query } from "~/api/client.ts";
import { contactCountQuery, contactTotalQuery } from "~/api/queries.ts";
import type { Total } from "~/api/types/contacts.ts";

type List = { isSuccess: boolean; isPlaceholderData: boolean; hasNextPage: boolean };

/**
 * How many match, as far as they are counted; nothing until that is known. A whole list tells it by its rows. Else it is
 * asked beside the pages, which do not wait for it: to count those that a rule fits takes longer than to find the first.
 */
export function useTotal(list: List, rows: readonly unknown[], filter: Query): Total | undefined {
  const isWhole = list.isSuccess && !list.isPlaceholderData && !list.hasNextPage;
  const isByRule = Boolean(filter.rule);
  const upto = useQuery({ ...contactCountQuery(filter), enabled: !isWhole && !isByRule });
  const exact = useQuery({ ...contactTotalQuery(filter), enabled: !isWhole && isByRule });
  if (isWhole) return { total: rows.length, total_is_capped: false };
  if (isByRule) return exact.data === undefined ? undefined : { total: exact.data, total_is_capped: false };
  return upto.isPlaceholderData ? undefined : upto.data;
}
