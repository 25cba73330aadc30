import { afterEach, beforeEach, expect, it, vi } from "vitest";

type Answer = {
  status: number;
  code?: number;
  name?: string;
  body?: unknown;
  headers?: Record<string, string>;
};
type Asked = { url: string; method: string; csrf: string | null };

const OK: Answer = { status: 200, body: { data: 1 } };
const EXPIRED: Answer = { status: 401, code: 1001, name: "session.expired" };
const MISSING: Answer = { status: 401, code: 401, name: "session.missing" };

let asked: Asked[];
let signedOut: boolean[];

/** A fresh client against a server that answers with `answer`. */
async function clientOf(answer: (url: string, nth: number) => Answer | "away") {
  vi.resetModules();
  const client = await import("./client.ts");
  client.whenSignedOut((expired) => signedOut.push(expired));
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const nth = asked.filter((one) => one.url === url).length;
    asked.push({
      url,
      method: init.method ?? "GET",
      csrf: new Headers(init.headers).get("X-CSRF-Token"),
    });
    await new Promise((done) => setTimeout(done, 1));
    if (url === "/api/csrf-token") return Response.json({ token: `csrf-${nth}` });
    const { status, code, name, body, headers } = given(answer(url, nth));
    const error = { code, name, message: `${name}` };
    return Response.json(status < 400 ? body : { success: false, error }, { status, headers });
  });
  return client;
}

function given(answer: Answer | "away"): Answer {
  if (answer === "away") throw new TypeError("fetch failed");
  return answer;
}

const count = (url: string) => asked.filter((one) => one.url === url).length;

beforeEach(() => {
  asked = [];
  signedOut = [];
  const locks = { request: (_name: string, work: () => Promise<unknown>) => work() };
  vi.stubGlobal("navigator", { locks });
});
afterEach(() => vi.unstubAllGlobals());

it("requests that find the session expired renew it once, and each is tried once more", async () => {
  let renewed = false;
  const { get } = await clientOf((url) => {
    if (url === "/api/auth/refresh") renewed = true;
    return renewed ? OK : EXPIRED;
  });
  const answers = await Promise.all(["/api/a", "/api/b", "/api/auth/me"].map((url) => get(url)));
  expect(answers).toEqual([OK.body, OK.body, OK.body]);
  expect(asked.map((one) => one.url).sort()).toEqual(
    ["/api/a", "/api/a", "/api/auth/me", "/api/auth/me", "/api/auth/refresh", "/api/b", "/api/b"].sort(),
  );
  expect(signedOut).toEqual([]);
});

it("the renewal needs no CSRF token, and what is written after it has a new one", async () => {
  const { post } = await clientOf((url, nth) => (url === "/api/tags" && nth === 0 ? EXPIRED : OK));
  await post("/api/tags");
  expect(asked.find((one) => one.url === "/api/auth/refresh")?.csrf).toBeNull();
  expect(asked.filter((one) => one.url === "/api/tags").map((one) => one.csrf)).toEqual(["csrf-0", "csrf-1"]);
});

it("a request that is refused again is not tried a third time", async () => {
  const { get } = await clientOf((url) => (url === "/api/auth/refresh" ? OK : EXPIRED));
  await expect(get("/api/a")).rejects.toMatchObject({ code: 1001 });
  expect([count("/api/a"), count("/api/auth/refresh")]).toEqual([2, 1]);
  expect(signedOut).toEqual([true]);
});

it("a refused renewal signs out, said once however many requests found it", async () => {
  const { get } = await clientOf(() => EXPIRED);
  await Promise.allSettled([get("/api/a"), get("/api/b"), get("/api/c")]);
  expect(count("/api/auth/refresh")).toBe(1);
  expect(signedOut).toEqual([true]);
});

it("without a session there is nothing to renew and nothing that expired", async () => {
  const { get } = await clientOf(() => MISSING);
  await expect(get("/api/a")).rejects.toMatchObject({ kind: "session.missing" });
  expect(count("/api/auth/refresh")).toBe(0);
  expect(signedOut).toEqual([false]);
});

it.each<[string, Answer | "away"]>([
  ["is away", "away"],
  ["is starting", { status: 503, name: "starting" }],
])("a server that %s when it is asked for a session signs nobody out", async (_what, answer) => {
  const { get, isTransient } = await clientOf((url) => (url === "/api/auth/refresh" ? answer : EXPIRED));
  const error = await get("/api/a").catch((thrown: unknown) => thrown);
  expect(isTransient(error)).toBe(true);
  expect(signedOut).toEqual([]);
});

it("a wrong password is no lost session, and says how long to wait", async () => {
  const { post } = await clientOf((url) =>
    url === "/api/auth/login"
      ? { status: 429, code: 3001, name: "login.throttled", headers: { "Retry-After": "30" } }
      : { status: 401, code: 1002, name: "credentials.wrong" },
  );
  await expect(post("/api/auth/login")).rejects.toMatchObject({ retryAfter: 30 });
  await expect(post("/api/auth/invitation/accept")).rejects.toMatchObject({ code: 1002 });
  expect(signedOut).toEqual([]);
  expect(asked.every((one) => one.csrf === null)).toBe(true);
});

it("a session that was ended on purpose is no news, and the next one is watched again", async () => {
  let there = false;
  const { get, sessionEnded } = await clientOf(() => (there ? OK : MISSING));
  sessionEnded();
  await get("/api/a").catch(() => undefined);
  expect(signedOut).toEqual([]);
  there = true;
  await get("/api/a");
  there = false;
  await get("/api/a").catch(() => undefined);
  expect(signedOut).toEqual([false]);
});
