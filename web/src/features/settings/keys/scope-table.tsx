import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keyScopesQuery } from "~/api/access-queries.ts";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { ACCESS_LABEL, scopeColumns, scopeRows } from "./scopes.ts";

/** What a key may do, tick by tick: things down, how far it reaches across. */
export function ScopeTable({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const me = useMe();
  const scopes = useQuery(keyScopesQuery);
  const [about, setAbout] = useState("");
  const turn = (scope: string, on: boolean) =>
    onChange(on ? [...chosen, scope] : chosen.filter((item) => item !== scope));
  return (
    <Async of={scopes}>
      {(known) => {
        const table = scopeRows(known, me.member.role);
        const columns = scopeColumns(table);
        return (
          <>
            <section className="scopes" aria-label="What to allow" tabIndex={0}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">
                      <span className="sr-only">Thing</span>
                    </th>
                    {columns.map((access) => (
                      <th scope="col" key={access}>
                        {ACCESS_LABEL[access]}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {table.map(({ noun, label, cells }) => (
                    <tr key={noun}>
                      <th scope="row">{label}</th>
                      {columns.map((access) => {
                        const deeds = cells[access];
                        const scope = `${noun}:${access}`;
                        return (
                          <td key={access}>
                            {deeds ? (
                              <label className="scope" onPointerEnter={() => setAbout(deeds.join(" "))}>
                                <input
                                  type="checkbox"
                                  aria-label={`${label}: ${ACCESS_LABEL[access].toLowerCase()}`}
                                  onFocus={() => setAbout(deeds.join(" "))}
                                  checked={chosen.includes(scope)}
                                  onChange={(event) => turn(scope, event.target.checked)}
                                />
                              </label>
                            ) : null}
                          </td>
                        );
                      })}
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            <p className="small soft scopes-about" aria-live="polite">
              {about || "Go to a box to read what it opens."}
            </p>
          </>
        );
      }}
    </Async>
  );
}
