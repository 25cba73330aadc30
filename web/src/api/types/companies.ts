/** Companies: what is known of them, and their people in numbers. */

import type { Instant, Page } from "./wire.ts";

export type Company = {
  id: string;
  name: string;
  /** Without a scheme and `www.`: `acme.com`. No two have the same one. */
  domain: string | null;
  industry: string | null;
  employee_count: number | null;
  city: string | null;
  country: string | null;
  linkedin_url: string | null;
  owner_id: string | null;
  /** Of those that the reader may see. */
  contacts: number;
  created_at: Instant;
  /** Null: it is no more than a name that contacts mention. */
  updated_at: Instant | null;
};
export type CompanyDetail = Company & {
  notes: string | null;
  open_conversations: number;
  last_activity_at: Instant | null;
};
/** What can be changed about a company; an empty text clears a field. */
export type CompanyInput = Partial<
  Pick<
    CompanyDetail,
    | "name"
    | "domain"
    | "industry"
    | "employee_count"
    | "city"
    | "country"
    | "linkedin_url"
    | "owner_id"
    | "notes"
  >
>;
/** `total` is how many match in all; with `total_is_capped` there are more. */
export type CompanyPage = Page<Company> & { total: number; total_is_capped: boolean };
