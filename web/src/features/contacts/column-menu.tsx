import { usePop } from "~/lib/use-pop.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Icon } from "~/ui/icon.tsx";
import { type Column, chosenIds, colsOf } from "./columns.tsx";

/** Which columns the list has beside the name. */
export function ColumnMenu({
  all,
  cols,
  onChange,
}: {
  all: readonly Column[];
  cols: string;
  onChange: (cols: string) => void;
}) {
  const { open, setOpen, box, onKeyDown } = usePop();
  const chosen = chosenIds(cols);
  const flip = (id: string) =>
    onChange(colsOf(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id], all));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape anywhere inside closes the menu
    <div className="export hide-phone" ref={box} onKeyDown={onKeyDown}>
      <button type="button" className={buttonClass()} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="list" />
        Columns
      </button>
      {open ? (
        <fieldset className="export-pop column-pop">
          <legend className="sr-only">Columns</legend>
          {all.map(({ id, label }) => (
            <label key={id} className="check">
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => flip(id)} />
              <span className="clip">{label}</span>
            </label>
          ))}
          {cols === "" ? null : (
            <Button small look="quiet" onClick={() => onChange("")}>
              The usual columns
            </Button>
          )}
        </fieldset>
      ) : null}
    </div>
  );
}
