import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { twoStepQuery } from "~/api/team-queries.ts";
import type { Passkey } from "~/api/types/sign-in.ts";
import { Moment } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { canPasskeys } from "~/lib/passkey.ts";
import { seenWords } from "~/lib/seen.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Icon } from "~/ui/icon.tsx";
import { toast } from "~/ui/toast.tsx";
import { NewPasskeyDialog } from "./new-passkey-dialog.tsx";
import { PasswordAgain } from "./password-again.tsx";

/** My passkeys: with one I sign in without a password. */
export function PasskeysPanel() {
  const ways = useQuery(twoStepQuery);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  if (!ways.data) return null;
  const { passkeys, passkeys_possible: possible } = ways.data;
  if (!possible && passkeys.length === 0) return null;
  const can = possible && canPasskeys();
  return (
    <section className="panel" aria-labelledby="passkeys">
      <div className="panel-head">
        <h3 id="passkeys">Passkeys</h3>
      </div>
      <div className="panel-body row row-wrap">
        <p className="grow soft">
          {can
            ? "Sign in with your fingerprint, face or PIN in place of the password and the second step."
            : "This browser does not know passkeys, or this address has only a number."}
        </p>
        {can ? (
          <Button icon="plus" onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        ) : null}
      </div>
      {passkeys.length > 0 ? (
        <ul>
          {passkeys.map((passkey) => (
            <PasskeyLine key={passkey.id} passkey={passkey} onRemove={() => setRemoving(passkey)} />
          ))}
        </ul>
      ) : null}
      {adding ? <NewPasskeyDialog onClose={() => setAdding(false)} /> : null}
      {removing ? (
        <Dialog title={`Remove ${removing.name}?`} onClose={() => setRemoving(null)}>
          <PasswordAgain
            path={`/api/profile/passkeys/${removing.id}/remove`}
            verb="Remove"
            danger
            text="Nobody signs in with it any more. Delete it on the device too, where it stays otherwise."
            onDone={() => {
              toast(`${removing.name} is removed.`);
              setRemoving(null);
            }}
            onClose={() => setRemoving(null)}
          />
        </Dialog>
      ) : null}
    </section>
  );
}

function PasskeyLine({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const now = useWallClock();
  const { name, created_at, used_at } = passkey;
  return (
    <li className="session">
      <Icon name="shield" className="icon-lg" />
      <div className="grow">
        <span className="strong">{name}</span>
        <div className="small soft session-facts">
          <span>
            Added <Moment at={created_at}>{exactDay(created_at, now)}</Moment>
          </span>
          <span>
            {used_at ? (
              <>
                Used <Moment at={used_at}>{seenWords(used_at, now)}</Moment>
              </>
            ) : (
              "Not used yet"
            )}
          </span>
        </div>
      </div>
      <Button small look="quiet" aria-label={`Remove ${name}`} onClick={onRemove}>
        Remove
      </Button>
    </li>
  );
}
