import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { get, type Query } from "./client.ts";
import type { CompanyDetail, CompanyPage } from "./types/companies.ts";

export function companiesQuery(filter: Query) {
  return infiniteQueryOptions({
    queryKey: ["companies", filter],
    queryFn: ({ signal, pageParam }) =>
      get<CompanyPage>("/api/companies", { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function companySearchQuery(search: string) {
  return queryOptions({
    queryKey: ["companies", "search", search],
    queryFn: ({ signal }) => get<CompanyPage>("/api/companies", { search, limit: 4 }, signal),
    enabled: search.trim() !== "",
    placeholderData: keepPreviousData,
  });
}

export function companyQuery(id: string) {
  return queryOptions({
    queryKey: ["company", id],
    queryFn: ({ signal }) => get<CompanyDetail>(`/api/companies/${id}`, undefined, signal),
  });
}
