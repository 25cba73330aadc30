import { messageOf } from "~/api/errors.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePop } from "~/lib/use-pop.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";
import { download, FILE_FORMATS, type FileFormat, fileName, printDraft } from "./files.ts";
import type { Draft } from "./use-builder.ts";

/** The funnel as it stands in the builder, as a file. */
export function FunnelExport({ draft, dirty }: { draft: Draft; dirty: boolean }) {
  const { open, setOpen, box, onKeyDown } = usePop();
  const take = async (format: FileFormat, type: string) => {
    setOpen(false);
    try {
      download(await printDraft(draft, format), fileName(draft.name, format), type);
    } catch (error) {
      toast(messageOf(error));
    }
  };
  useCommands(
    FILE_FORMATS.map(({ format, name, type }) => ({
      id: `funnel.export.${format}`,
      label: `Export the funnel as ${name}`,
      group: "Funnel",
      icon: "download",
      run: () => void take(format, type),
    })),
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div className="funnel-export" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className={buttonClass("plain", true)}
        aria-expanded={open}
        aria-label="Export"
        title="Export"
        onClick={() => setOpen(!open)}
      >
        <Icon name="download" />
        <span className="hide-phone">Export</span>
      </button>
      {open ? (
        <div className="funnel-export-pop">
          <p className="small soft">
            {dirty ? "As it stands here, also what is not saved" : "The whole funnel"}
          </p>
          {FILE_FORMATS.map(({ format, name, use, type }) => (
            <button key={format} type="button" className="nav-item" onClick={() => void take(format, type)}>
              <Icon name="file" />
              {name} <span className="soft small">{use}</span>
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
