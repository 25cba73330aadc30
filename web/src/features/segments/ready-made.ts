import type { Rule } from "~/api/types/sets.ts";

/** Segments that most teams ask for first, to be copied and changed. */
export const READY_MADE: readonly { name: string; use: string; rule: Rule }[] = [
  {
    name: "Interested, not written to lately",
    use: "Whoever answered once and has heard nothing for a month.",
    rule: {
      all: [{ event: "replied" }, { not: { event: "sent", within_days: 30 } }],
    },
  },
  {
    name: "New this week",
    use: "Whom somebody added or imported in the last 7 days.",
    rule: { field: "created_at", op: "within_days", value: "7" },
  },
  {
    name: "To be completed",
    use: "Who can be written to, and is greeted without a name or a company.",
    rule: {
      all: [
        {
          any: [
            { field: "email", op: "exists" },
            { field: "phone", op: "exists" },
          ],
        },
        {
          any: [
            { field: "first_name", op: "missing" },
            { field: "company", op: "missing" },
          ],
        },
      ],
    },
  },
];
