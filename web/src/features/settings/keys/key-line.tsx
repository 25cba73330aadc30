import type { ApiKey } from "~/api/types/keys.ts";
import { Moment } from "~/components/time-ago.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { goodFor, seenWords } from "~/lib/seen.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { scopeWords } from "./scopes.ts";

/** How many sayings a line has room for. */
const SHOWN = 3;

/** One key: what it is for, what it may do, whether anything still uses it. */
export function KeyLine({ apiKey, onRevoke }: { apiKey: ApiKey; onRevoke: () => void }) {
  const now = useWallClock();
  const { name, prefix, scopes, yours, member_name, expired, expires_at, last_used_at } = apiKey;
  const may = scopeWords(scopes, yours ? "you" : member_name);
  const more = may.length > SHOWN + 1 ? may.slice(SHOWN) : [];
  const shown = may.slice(0, may.length - more.length);
  return (
    <li className="key" data-off={expired || undefined}>
      <div className="key-what">
        <div className="row row-wrap">
          <span className="strong key-name">{name}</span>
          {expired ? <Badge tone="warn">Expired</Badge> : null}
          {yours ? null : <span className="small soft">of {member_name}</span>}
        </div>
        <div className="small soft key-facts">
          <code title="How the key begins">{prefix}…</code>
          <span>{shown.join(" · ")}</span>
        </div>
        {more.length > 0 ? (
          <details className="more">
            <summary>and {more.length} more</summary>
            <p className="small soft">{more.join(" · ")}</p>
          </details>
        ) : null}
      </div>
      <div className="small soft key-times">
        <span>
          {last_used_at ? (
            <>
              Used <Moment at={last_used_at}>{seenWords(last_used_at, now)}</Moment>
            </>
          ) : (
            "Never used"
          )}
        </span>
        {expires_at ? (
          <Moment at={expires_at}>{lifeWords(expires_at, expired, now)}</Moment>
        ) : (
          <span>Never expires</span>
        )}
      </div>
      <Button small look="quiet" aria-label={`Revoke ${name}`} onClick={onRevoke}>
        Revoke
      </Button>
    </li>
  );
}

function lifeWords(expiresAt: string, expired: boolean, now: number): string {
  return expired ? `Expired ${exactDay(expiresAt, now)}` : `Good ${goodFor(expiresAt, now)}`;
}
