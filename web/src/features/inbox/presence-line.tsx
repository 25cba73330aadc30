import { anyOf } from "~/lib/format.ts";
import { Icon } from "~/ui/icon.tsx";
import { useColleagues } from "./use-presence.ts";

const are = (names: readonly string[]) => (names.length === 1 ? "is" : "are");
const all = (names: readonly string[]) => anyOf(names).replace(/ or (?=[^,]*$)/, " and ");

/** Who else is here, in words: `Jonas is viewing. Nobody else is replying.` */
export function PresenceLine({ conversation }: { conversation: string }) {
  const { viewing, typing } = useColleagues(conversation);
  if (viewing.length === 0) return null;
  const reading = viewing.filter((name) => !typing.includes(name));
  return (
    <p className="presence small soft" role="status">
      {reading.length > 0 ? `${all(reading)} ${are(reading)} viewing. ` : ""}
      {typing.length > 0 ? (
        <span className="strong">
          {all(typing)} {are(typing)} writing…
        </span>
      ) : (
        "Nobody else is replying."
      )}
    </p>
  );
}

/** The same in a line of the list: an eye for who looks, a pen for who writes. */
export function PresenceMark({ conversation }: { conversation: string }) {
  const { viewing, typing } = useColleagues(conversation);
  if (viewing.length === 0) return null;
  const names = all(typing.length > 0 ? typing : viewing);
  const does = typing.length > 0 ? "writing" : "viewing";
  return (
    <span className="presence-mark" title={`${names}: ${does}`}>
      <Icon name={typing.length > 0 ? "pencil" : "eye"} />
      <span className="sr-only">
        , {names} {does}
      </span>
    </span>
  );
}
