import { useQuery } from "@tanstack/react-query";
import { contactTotalQuery } from "~/api/queries.ts";
import { atLeast, plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePop } from "~/lib/use-pop.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { type ContactsView, exportUrl, isFiltered, queryOf } from "./view.ts";

const FORMATS = [
  { format: "csv", name: "CSV", use: "for a spreadsheet" },
  { format: "json", name: "JSON", use: "for a program" },
] as const;

/** What the list shows as a file, in the formats that there are. */
export function ExportMenu({
  view,
  me,
  found,
}: {
  view: ContactsView;
  me: string;
  /** How many match, as far as they were counted. */
  found: { total: number; total_is_capped: boolean };
}) {
  const { open, setOpen, box, onKeyDown } = usePop();
  // A file has all of them: here it is worth counting them.
  const exact = useQuery({
    ...contactTotalQuery(queryOf(view, me)),
    enabled: open && found.total_is_capped,
  });
  const total = found.total_is_capped ? exact.data : found.total;
  const people = total === undefined ? `${atLeast(found)} contacts` : plural(total, "contact");
  useCommands(
    FORMATS.map(({ format, name }) => ({
      id: `contacts.export.${format}`,
      label: `Export these contacts as ${name}`,
      group: "Contacts",
      icon: "download",
      run: () => download(exportUrl(view, me, format)),
    })),
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div className="export" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className={buttonClass()}
        aria-expanded={open}
        aria-label="Export"
        title="Export"
        onClick={() => setOpen(!open)}
      >
        <Icon name="download" />
        <span className="hide-phone">Export</span>
      </button>
      {open ? (
        <div className="export-pop">
          <p className="small soft">
            {isFiltered(view)
              ? `${people} that ${total === 1 ? "matches" : "match"}`
              : `All contacts: ${people}`}
          </p>
          {FORMATS.map(({ format, name, use }) => (
            <a
              key={format}
              className="nav-item"
              href={exportUrl(view, me, format)}
              download
              onClick={() => setOpen(false)}
            >
              <Icon name="file" />
              {name} <span className="soft small">{use}</span>
            </a>
          ))}
        </div>
      ) : null}
    </div>
  );
}

/** As a press on a link to it. */
function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
