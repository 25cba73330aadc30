import { Fragment, type ReactNode } from "react";
import { foundIn } from "./found-words.ts";

/** A text with the words marked that the inbox was searched for. */
export function Marked({ text, asked }: { text: string; asked: string }): ReactNode {
  const found = asked === "" ? [] : foundIn(text, asked);
  if (found.length === 0) return text;
  let rest = 0;
  const parts = found.map(([from, to]) => {
    const before = text.slice(rest, from);
    rest = to;
    return (
      <Fragment key={from}>
        {before}
        <mark>{text.slice(from, to)}</mark>
      </Fragment>
    );
  });
  return (
    <>
      {parts}
      {text.slice(rest)}
    </>
  );
}
