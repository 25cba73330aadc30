import { ApiError, errorFrom, offlineError } from "./errors.ts";

export type Query = Record<string, string | number | boolean | null | undefined>;

const CSRF_REFUSED = 1003;
let csrfToken: Promise<string> | null = null;
let refreshing: Promise<boolean> | null = null;
let onSignedOut: () => void = () => undefined;

/** Called when a request needs a login that is no longer there. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

/** Login and logout change the session that the token is bound to. */
export function forgetCsrf(): void {
  csrfToken = null;
}

async function fetchCsrf(): Promise<string> {
  const answer = await send("/api/csrf-token", { method: "GET" });
  if (!answer.ok) throw errorFrom(answer.status, await parse(answer));
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

/** One refresh at a time, however many requests found the session expired. */
function refreshSession(): Promise<boolean> {
  refreshing ??= (async () => {
    try {
      const answer = await send("/api/auth/refresh", {
        method: "POST",
        headers: { "X-CSRF-Token": await csrf() },
      });
      forgetCsrf();
      return answer.ok;
    } catch {
      return false;
    } finally {
      refreshing = null;
    }
  })();
  return refreshing;
}

export function withQuery(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Before the login there is no session that a forged request could abuse, and none to get a token for. */
const OPEN = ["/api/auth/login", "/api/setup"];

type Request = { method: string; body?: unknown; raw?: Blob; signal?: AbortSignal };

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
  if (request.method !== "GET" && !OPEN.includes(url)) headers["X-CSRF-Token"] = await csrf();
  return send(url, { method: request.method, headers, body, signal: request.signal });
}

async function call<T>(url: string, request: Request): Promise<T> {
  let answer = await attempt(url, request);
  const canRefresh = answer.status === 401 && !url.startsWith("/api/auth/") && !url.startsWith("/api/setup");
  if (canRefresh) {
    if (await refreshSession()) answer = await attempt(url, request);
    if (answer.status === 401) onSignedOut();
  }
  if (answer.ok) return (await parse(answer)) as T;
  const error = errorFrom(answer.status, await parse(answer));
  if (error.code === CSRF_REFUSED && request.method !== "GET") {
    forgetCsrf();
    const again = await attempt(url, request);
    if (again.ok) return (await parse(again)) as T;
    throw errorFrom(again.status, await parse(again));
  }
  throw error;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  call<T>(withQuery(path, query), { method: "GET", signal });
export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  call<T>(path, { method: "POST", body });
export const patch = <T>(path: string, body: unknown): Promise<T> => call<T>(path, { method: "PATCH", body });
export const del = <T>(path: string): Promise<T> => call<T>(path, { method: "DELETE" });
export const upload = <T>(path: string, query: Query, file: Blob): Promise<T> =>
  call<T>(withQuery(path, query), { method: "POST", raw: file });

/** Worth trying again by itself: the server was away, or said that it was busy. */
export function isTransient(error: unknown): boolean {
  return error instanceof ApiError && (error.isOffline || error.status === 429 || error.status >= 502);
}
