import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import { importQuery } from "~/api/queries.ts";
import type { Import, ImportStart, OnMatch } from "~/api/types/imports.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { remember } from "~/lib/storage.ts";
import { countries } from "~/lib/zones.ts";
import { Button } from "~/ui/button.tsx";
import { Choices, SelectField } from "~/ui/field.tsx";
import { MATCH_TEXT, type Mapping } from "./mapping.ts";

export function RulesStep({
  of: data,
  mapping,
  onBack,
}: {
  of: Import;
  mapping: Mapping;
  onBack: () => void;
}) {
  const me = useMe();
  const [country, setCountry] = useState(me.workspace.default_country);
  const [onMatch, setOnMatch] = useState<OnMatch>("fill");
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => {
      const body: ImportStart = { mapping, default_country: country, on_match: onMatch };
      return post<Import>(`/api/imports/${data.id}/start`, body);
    },
    onSuccess: (started) => {
      remember("overture.did.import", "yes");
      client.setQueryData(importQuery(data.id).queryKey, started);
      void client.invalidateQueries({ queryKey: ["imports"] });
      void client.invalidateQueries({ queryKey: ["import", data.id] });
    },
  });
  return (
    <>
      {start.error ? <ErrorBlock error={start.error} title="The import did not start." /> : null}
      <section className="panel">
        <div className="panel-body stack">
          <Choices
            legend="When somebody with the same e-mail is already here"
            name="on-match"
            value={onMatch}
            onChange={setOnMatch}
            options={(Object.keys(MATCH_TEXT) as OnMatch[]).map((value) => ({ value, ...MATCH_TEXT[value] }))}
          />
          {Object.values(mapping).includes("phone") ? (
            <SelectField
              label="Country of phone numbers without a country code"
              value={country}
              onChange={(event) => setCountry(event.target.value)}
            >
              {countries(country).map((item) => (
                <option key={item.code} value={item.code}>
                  {item.name}
                </option>
              ))}
            </SelectField>
          ) : null}
        </div>
      </section>
      <p className="small soft">
        People on the suppression list are imported and stay suppressed. Nobody is written to by an import.
      </p>
      <div className="wizard-foot">
        <Button icon="left" look="quiet" onClick={onBack}>
          Columns
        </Button>
        <span className="push" />
        <Button look="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Import the contacts
        </Button>
      </div>
    </>
  );
}
