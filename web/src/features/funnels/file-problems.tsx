import { plural } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import type { FileLine } from "./files.ts";

/** More than these are not read anyway. */
const SHOWN = 20;

/** What is wrong with a file, line by line; a press goes there. */
export function FileProblems({
  lines,
  onJump,
}: {
  lines: readonly FileLine[];
  onJump?: (line: number) => void;
}) {
  return (
    <>
      <ul className="problems">
        {lines.slice(0, SHOWN).map(({ line, where, words, bad }, at) => {
          const content = (
            <>
              <Icon name="warning" />
              <span>
                <span className="strong">{where}</span> {words}
              </span>
            </>
          );
          const look = `problem problem-${bad ? "error" : "warning"}`;
          return (
            <li key={at}>
              {line !== null && onJump ? (
                <button type="button" className={look} onClick={() => onJump(line)}>
                  {content}
                </button>
              ) : (
                <div className={look}>{content}</div>
              )}
            </li>
          );
        })}
      </ul>
      {lines.length > SHOWN ? (
        <p className="small soft">And {plural(lines.length - SHOWN, "more problem")}.</p>
      ) : null}
    </>
  );
}
