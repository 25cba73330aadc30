import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { apiKeysQuery, keyScopesQuery } from "~/api/access-queries.ts";
import type { ApiKey } from "~/api/types/keys.ts";
import { Async } from "~/components/async.tsx";
import { plural } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Empty } from "~/ui/states.tsx";
import { CreateKeyDialog } from "./create-key-dialog.tsx";
import { KeyLine } from "./key-line.tsx";
import { RevokeDialog } from "./revoke-dialog.tsx";
import "./keys.css";

/** How programs come in on my behalf; an admin sees those of the others too. */
export function KeysSection() {
  const keys = useQuery(apiKeysQuery);
  // There before the dialog opens, so that nothing jumps in it.
  useQuery(keyScopesQuery);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  return (
    <>
      <Async of={keys}>
        {(list) => {
          const mine = list.filter((key) => key.yours);
          const others = list.filter((key) => !key.yours);
          return (
            <>
              {mine.length === 0 ? (
                <NoKey onMake={() => setMaking(true)} />
              ) : (
                <>
                  <div className="row row-wrap">
                    <p className="soft grow">
                      How your programs sign in as you. Each may do what you may, and of that only what its
                      key names.
                    </p>
                    <Button look="primary" icon="plus" onClick={() => setMaking(true)}>
                      New key
                    </Button>
                  </div>
                  <Keys id="my-keys" title={plural(mine.length, "key")} keys={mine} onRevoke={setRevoking} />
                </>
              )}
              {others.length > 0 ? (
                <Keys id="their-keys" title="Keys of other people" keys={others} onRevoke={setRevoking} />
              ) : null}
            </>
          );
        }}
      </Async>
      {making ? <CreateKeyDialog onClose={() => setMaking(false)} /> : null}
      {revoking ? <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

function NoKey({ onMake }: { onMake: () => void }) {
  return (
    <Empty
      title="No program signs in as you."
      text="A key lets a script, a spreadsheet or another product use Overture on your behalf, without your password: to add contacts from a form, say, or to fetch the numbers of a campaign every night."
    >
      <Button look="primary" icon="plus" onClick={onMake}>
        Make your first key
      </Button>
    </Empty>
  );
}

function Keys({
  id,
  title,
  keys,
  onRevoke,
}: {
  id: string;
  title: string;
  keys: readonly ApiKey[];
  onRevoke: (key: ApiKey) => void;
}) {
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h3 id={id}>{title}</h3>
      </div>
      <ul>
        {keys.map((key) => (
          <KeyLine key={key.id} apiKey={key} onRevoke={() => onRevoke(key)} />
        ))}
      </ul>
    </section>
  );
}
