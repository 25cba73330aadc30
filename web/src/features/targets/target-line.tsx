import { Link } from "react-router";
import type { Target, TargetState } from "~/api/types/targets.ts";
import { paths } from "~/paths.ts";
import { Button, buttonClass, IconButton } from "~/ui/button.tsx";
import { BY_HAND, handlesOf } from "./lines.ts";

/** One target: who it is, where to look, how far the research is. */
export function TargetLine({
  target,
  owner,
  active,
  onMove,
  onEdit,
  onApproach,
  onRemove,
}: {
  target: Target;
  /** Where it says anything whose it is. */
  owner: string | null;
  active: boolean;
  onMove: (state: TargetState) => void;
  onEdit: () => void;
  onApproach: () => void;
  onRemove: () => void;
}) {
  const { name, company, title, email, notes, state, contact_id } = target;
  return (
    <li className={active ? "target target-active" : "target"} data-target={target.id}>
      <div className="target-who">
        <button type="button" className="target-name clip" onClick={onEdit}>
          {name}
        </button>
        <span className="small soft clip">
          {[title, company, email, owner && `of ${owner}`].filter(Boolean).join(" · ")}
        </span>
        {notes ? <span className="small muted clip">{notes}</span> : null}
      </div>
      <div className="target-handles small">
        {handlesOf(target).map(({ label, to }) => (
          <a key={to} className="link clip" href={to} target="_blank" rel="noreferrer noopener">
            {label}
          </a>
        ))}
      </div>
      <div className="target-acts">
        {contact_id ? (
          <Link className={buttonClass("plain", true)} to={paths.contact(contact_id)}>
            Open the contact
          </Link>
        ) : (
          <>
            <select
              className={`input target-state target-${state}`}
              aria-label={`State of ${name}`}
              value={state}
              onChange={(event) => onMove(event.target.value as TargetState)}
            >
              {BY_HAND.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </select>
            <Button small look={state === "ready" ? "primary" : "plain"} onClick={onApproach}>
              Approach
            </Button>
          </>
        )}
        <IconButton icon="trash" label={`Remove ${name}`} onClick={onRemove} />
      </div>
    </li>
  );
}
