import { useEffect, useRef, useState } from "react";
import { useDebounced } from "./use-debounced.ts";

/**
 * A field whose text is kept in the address: it runs ahead of it while somebody types, and follows when the address
 * becomes another one by itself, as when a link to the same page is pressed.
 */
export function useAddressText(inAddress: string, write: (text: string) => void) {
  const [text, setText] = useState(inAddress);
  const settled = useDebounced(text, 200);
  const known = useRef(inAddress);
  useEffect(() => {
    if (settled === known.current) return;
    known.current = settled;
    write(settled);
  }, [settled]);
  useEffect(() => {
    if (inAddress === known.current) return;
    known.current = inAddress;
    setText(inAddress);
  }, [inAddress]);
  return [text, setText] as const;
}
