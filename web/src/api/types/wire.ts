/** What every answer is made of. Instants are RFC 3339 strings; `null` means that it has not happened. */

/** A moment, as an RFC 3339 string in UTC. */
export type Instant = string;
/** One page of a list; `next_cursor` asks for the one after it. */
export type Page<T> = { data: T[]; next_cursor: string | null };
/** What is wrong with one field of what was sent. */
export type FieldError = { field: string; message: string };
/** What the server answers when it refuses or fails; `request_id` is in its log, too. */
export type ErrorBody = {
  success: false;
  error: { code: number; name: string; message: string; details?: unknown; fields?: FieldError[] };
  timestamp: Instant;
  request_id: string;
};
