/** Canned replies: texts with merge tags that are put into answers and steps. */

import type { Channel } from "./channel.ts";
import type { Instant } from "./wire.ts";

export type Snippet = {
  id: string;
  name: string;
  /** The channel it is written for; it is offered on the others behind those of theirs. */
  channel: Channel;
  /** Subject line, for e-mail. */
  subject: string | null;
  body: string;
  created_at: Instant;
  updated_at: Instant;
};
/** A text as one contact would get it; what is missing stands between U+E000 and U+E001. */
export type Previewed = {
  contact_id: string;
  name: string;
  to: string | null;
  missing: string[];
  subject: string | null;
  body: string;
};
