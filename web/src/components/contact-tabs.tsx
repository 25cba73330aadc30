import { Link } from "react-router";
import { paths } from "~/paths.ts";

const TABS = [
  { id: "contacts", label: "Contacts", to: paths.contacts },
  { id: "companies", label: "Companies", to: paths.companies },
  { id: "targets", label: "Targets", to: paths.targets },
  { id: "lists", label: "Lists", to: paths.lists },
  { id: "tags", label: "Tags", to: paths.tags },
  { id: "segments", label: "Segments", to: paths.segments },
  { id: "duplicates", label: "Duplicates", to: paths.duplicates },
] as const;
export type ContactTab = (typeof TABS)[number]["id"];

/** Everybody, and the ways in which they are put together. */
export function ContactTabs({ current }: { current: ContactTab }) {
  return (
    <nav className="tabs" aria-label="Contacts and their sets">
      {TABS.map(({ id, label, to }) => (
        <Link key={id} to={to} aria-current={id === current ? "page" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
