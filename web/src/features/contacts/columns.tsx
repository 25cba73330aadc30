import type { ReactNode } from "react";
import type { Contact } from "~/api/types/contacts.ts";
import type { CustomField } from "~/api/types/sets.ts";
import { ScoreBadge } from "~/components/icp/reasons.tsx";
import { ContactBadge } from "~/components/state-badge.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { dayWords } from "~/lib/format.ts";
import { Chip } from "~/ui/chip.tsx";

/** A column beside the name. */
export type Column = {
  id: string;
  label: string;
  /** Least and greatest width, for the grid. */
  least: number;
  grow: string;
  /** Of its cells. */
  className?: string;
  /** Of its head, where that is another one. */
  headClass?: string;
  cell: (contact: Contact, names: ReadonlyMap<string, string>) => ReactNode;
};

const plain = (id: keyof Contact & string, label: string, least = 110): Column => ({
  id,
  label,
  least,
  grow: "1fr",
  className: "clip",
  cell: (contact) => contact[id] as string | null,
});

const COLUMNS: readonly Column[] = [
  {
    id: "email",
    label: "E-mail",
    least: 180,
    grow: "1.5fr",
    className: "clip cell-email",
    cell: ({ email }) => email,
  },
  {
    id: "phone",
    label: "Phone",
    least: 120,
    grow: "0.9fr",
    className: "clip cell-phone",
    headClass: "cell-phone",
    cell: ({ phone }) => phone,
  },
  {
    id: "company",
    label: "Company",
    least: 150,
    grow: "1.4fr",
    className: "clip cell-company",
    cell: ({ company, title }) => (
      <>
        {company}
        {title ? <span className="muted"> {title}</span> : null}
      </>
    ),
  },
  plain("title", "Title", 130),
  plain("city", "City"),
  plain("country", "Country"),
  plain("time_zone", "Time zone", 130),
  {
    id: "owner",
    label: "Owner",
    least: 110,
    grow: "0.8fr",
    className: "clip cell-owner",
    cell: ({ owner_id }, names) =>
      owner_id ? (names.get(owner_id) ?? "") : <span className="muted">Nobody</span>,
  },
  {
    id: "tags",
    label: "Tags",
    least: 110,
    grow: "0.9fr",
    className: "cell-tags",
    headClass: "cell-tags",
    cell: ({ tags }) => <RowTags tags={tags} />,
  },
  {
    id: "icp_score",
    label: "ICP score",
    least: 116,
    grow: "116px",
    cell: ({ icp_score }) => (icp_score === null ? null : <ScoreBadge score={icp_score} />),
  },
  {
    id: "status",
    label: "Status",
    least: 140,
    grow: "140px",
    className: "cell-status",
    cell: ({ status }) => <ContactBadge status={status} />,
  },
  {
    id: "updated_at",
    label: "Changed",
    least: 84,
    grow: "84px",
    className: "num muted cell-age",
    headClass: "head-right",
    cell: ({ updated_at }) => <TimeAgo at={updated_at} />,
  },
  {
    id: "created_at",
    label: "Added",
    least: 72,
    grow: "72px",
    className: "num muted cell-age",
    headClass: "head-right",
    cell: ({ created_at }) => <TimeAgo at={created_at} />,
  },
];

/** The columns where nobody chose any. */
const USUAL = ["email", "phone", "company", "owner", "tags", "status", "created_at"];

/** Every column that there is, in the order of the table: the fields of the workspace stand behind what a contact is. */
export function allColumns(fields: readonly CustomField[], owners: boolean): Column[] {
  const custom = fields.map(
    ({ key, name, kind }): Column => ({
      id: `f.${key}`,
      label: name,
      least: kind === "boolean" ? 80 : 120,
      grow: "1fr",
      className: kind === "number" ? "clip num" : "clip",
      headClass: kind === "number" ? "head-right" : undefined,
      cell: ({ custom: values }) => customWords(values[key], kind),
    }),
  );
  const shown = COLUMNS.filter(({ id }) => owners || id !== "owner");
  const behind = shown.findIndex(({ id }) => id === "time_zone") + 1;
  return [...shown.slice(0, behind), ...custom, ...shown.slice(behind)];
}

function customWords(value: string | undefined, kind: CustomField["kind"]): string | undefined {
  if (value === undefined) return undefined;
  if (kind === "boolean") return value === "true" ? "Yes" : "No";
  return kind === "date" ? dayWords(value) : value;
}

/** Which of them are meant by what the address says. */
export function chosenIds(cols: string): readonly string[] {
  return cols === "" ? USUAL : cols.split(",");
}

/** What the address says of these; nothing for the usual ones. */
export function colsOf(ids: readonly string[], all: readonly Column[]): string {
  const inOrder = all.filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  const usual = all.filter(({ id }) => USUAL.includes(id)).map(({ id }) => id);
  const cols = inOrder.join(",");
  if (cols === usual.join(",")) return "";
  // Without any there is still something to be said.
  return cols === "" ? "none" : cols;
}

/** As many tags as a row has room for; the others are counted. */
function RowTags({ tags }: { tags: Contact["tags"] }) {
  const [first] = tags;
  if (!first) return null;
  const rest = tags.slice(1);
  return (
    <>
      <Chip>{first.name}</Chip>
      {rest.length > 0 ? (
        <span className="small soft" title={rest.map(({ name }) => name).join(", ")}>
          +{rest.length}
        </span>
      ) : null}
    </>
  );
}
