import { connection } from "~/lib/connection.ts";
import { keep, recallKept } from "~/lib/kept.ts";
import { ApiError, errorFrom, offlineError } from "./errors.ts";
import { renewSession, sessionStamp } from "./session.ts";

export type Query = Record<string, string | number | boolean | null | undefined>;

const SESSION_EXPIRED = 1001;
const CREDENTIALS_WRONG = 1002;
const CSRF_REFUSED = 1003;
let csrfToken: Promise<string> | null = null;
let onSignedOut: (expired: boolean) => void = () => undefined;
/** Said once; the next good answer means that there is a session again. */
let saidSignedOut = false;

/** Called when a request needs a session that is no longer there; `expired` if it was there and ran out. */
export function whenSignedOut(callback: (expired: boolean) => void): void {
  onSignedOut = callback;
}

/** The session was ended on purpose: requests that were still on their way are no news. */
export function sessionEnded(): void {
  saidSignedOut = true;
  forgetCsrf();
}

/** Login and logout change the session that the token is bound to. */
export function forgetCsrf(): void {
  csrfToken = null;
}

async function fetchCsrf(): Promise<string> {
  const answer = await send("/api/csrf-token", { method: "GET" });
  if (!answer.ok) throw await failure(answer);
  const body = (await answer.json()) as { token: string };
  return body.token;
}

async function csrf(): Promise<string> {
  csrfToken ??= fetchCsrf();
  try {
    return await csrfToken;
  } catch (error) {
    csrfToken = null;
    throw error;
  }
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch {
    throw offlineError();
  }
}

async function parse(answer: Response): Promise<unknown> {
  const text = await answer.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

async function failure(answer: Response): Promise<ApiError> {
  return errorFrom(answer.status, await parse(answer), answer.headers.get("Retry-After"));
}

/** Asks for a new session. Only a refusal is one: a server that is away may give it in a moment. */
async function askForSession(): Promise<boolean> {
  const answer = await send("/api/auth/refresh", { method: "POST" });
  if (answer.ok) return true;
  if (answer.status === 401 || answer.status === 403) return false;
  throw await failure(answer);
}

export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** These need no session: there is none that a forged request could abuse, and none that could run out. */
const OPEN = [
  "/api/auth/login",
  "/api/auth/google",
  "/api/auth/passkey",
  "/api/auth/passkey/begin",
  "/api/auth/second-factor",
  "/api/auth/invitation",
  "/api/auth/invitation/accept",
  "/api/setup",
];

/** `key` makes a repetition harmless: the server answers it with what it answered first. */
type Request = { method: string; body?: unknown; raw?: Blob; signal?: AbortSignal; key?: string };

async function attempt(url: string, request: Request): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  let body: BodyInit | undefined;
  if (request.raw) {
    headers["Content-Type"] = "text/csv";
    body = request.raw;
  } else if (request.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(request.body);
  }
  if (request.key) headers["Idempotency-Key"] = request.key;
  if (request.method !== "GET" && !OPEN.includes(url)) headers["X-CSRF-Token"] = await csrf();
  return send(url, { method: request.method, headers, body, signal: request.signal });
}

async function call<T>(url: string, request: Request): Promise<T> {
  const needsSession = !OPEN.includes(url);
  const since = sessionStamp();
  let answer = await attempt(url, request);
  let error = answer.ok ? null : await failure(answer);
  const again = async () => {
    forgetCsrf();
    answer = await attempt(url, request);
    error = answer.ok ? null : await failure(answer);
  };
  if (needsSession && error?.code === SESSION_EXPIRED && (await renewSession(since, askForSession)))
    await again();
  if (error?.code === CSRF_REFUSED && request.method !== "GET") await again();
  if (error === null) {
    if (needsSession) saidSignedOut = false;
    return (await parse(answer)) as T;
  }
  if (needsSession && isSignedOut(error) && !saidSignedOut) {
    saidSignedOut = true;
    onSignedOut(isExpired(error));
  }
  throw error;
}

/** There is no session: not a wrong password, which is answered with the same status. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401 && error.code !== CREDENTIALS_WRONG;
}

/** There was a session, and it ran out. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.code === SESSION_EXPIRED;
}

/** Reads. While the server cannot be reached it is what was read before, if that is kept in this browser. */
export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const url = withQuery(path, query);
  try {
    const body = await call<T>(url, { method: "GET", signal });
    void keep(url, body);
    return body;
  } catch (error) {
    const unanswered = error instanceof ApiError && error.isOffline && !signal?.aborted;
    // While events arrive there is a way to the server: another try is worth more than what is old.
    if (!unanswered || (navigator.onLine && connection.get() === "live")) throw error;
    const kept = await recallKept<T>(url);
    if (kept === null) throw error;
    return kept;
  }
}
/** A post that may be repeated under the same key. */
export const postAs = <T>(key: string | undefined, path: string, body: unknown = {}): Promise<T> =>
  call<T>(path, { method: "POST", body, key });
export const post = <T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> =>
  call<T>(path, { method: "POST", body, signal });
export const put = <T>(path: string, body: unknown): Promise<T> => call<T>(path, { method: "PUT", body });
export const patch = <T>(path: string, body: unknown): Promise<T> => call<T>(path, { method: "PATCH", body });
export const del = <T>(path: string): Promise<T> => call<T>(path, { method: "DELETE" });
export const upload = <T>(path: string, query: Query, file: Blob): Promise<T> =>
  call<T>(withQuery(path, query), { method: "POST", raw: file });

/** Worth trying again by itself: the server was away, or said that it was busy. */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.isOffline || error.status === 429 || error.status >= 502);
}
