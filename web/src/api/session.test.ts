import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** What the tabs of one browser share. */
function device() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

/** One holder at a time, in the order of asking. */
function lockManager() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_name: string, work: () => Promise<unknown>) => {
      last = last.then(work, work);
      return last;
    },
  };
}

/** A tab has its own copy of the module. */
async function tab() {
  vi.resetModules();
  return import("./session.ts");
}

beforeEach(() => vi.stubGlobal("localStorage", device()));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe.each([
  ["with locks", lockManager],
  ["without locks, as on a page without TLS", () => undefined],
])("%s", (_name, locks) => {
  beforeEach(() => vi.stubGlobal("navigator", { locks: locks() }));

  it("one of several tabs renews the session, and all of them go on", async () => {
    const tabs = [await tab(), await tab(), await tab()];
    const ask = vi.fn(async () => {
      await new Promise((done) => setTimeout(done, 20));
      return true;
    });
    const answers = await Promise.all(tabs.map((one) => one.renewSession(one.sessionStamp(), ask)));
    expect(answers).toEqual([true, true, true]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("a tab asks by itself when the one before it was away from the server", async () => {
    const [one, other] = [await tab(), await tab()];
    const first = one.renewSession(one.sessionStamp(), () => Promise.reject(new Error("offline")));
    const second = other.renewSession(other.sessionStamp(), () => Promise.resolve(true));
    await expect(first).rejects.toThrow("offline");
    expect(await second).toBe(true);
  });
});

describe("in one tab", () => {
  beforeEach(() => vi.stubGlobal("navigator", { locks: lockManager() }));

  it("a refusal that comes in after the renewal needs no second one", async () => {
    const { renewSession, sessionStamp } = await tab();
    const before = sessionStamp();
    const ask = vi.fn(() => Promise.resolve(true));
    await renewSession(before, ask);
    expect(await renewSession(before, ask)).toBe(true);
    expect(ask).toHaveBeenCalledTimes(1);
    await renewSession(sessionStamp(), ask);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it("a refused renewal is not taken for a new session", async () => {
    const { renewSession, sessionStamp } = await tab();
    const before = sessionStamp();
    expect(await renewSession(before, () => Promise.resolve(false))).toBe(false);
    expect(sessionStamp()).toBe(before);
  });
});
