/**
 * The database of this browser, for what is kept and what waits. It never throws: without it (a private window, a full
 * disk) nothing is kept, and the page works as ever.
 */

const NAME = "overture";
const VERSION = 1;
export type Store = "reads" | "actions";

let opening: Promise<IDBDatabase | null> | null = null;

function open(): Promise<IDBDatabase | null> {
  opening ??= new Promise((done) => {
    if (typeof indexedDB === "undefined") return done(null);
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("reads", { keyPath: "url" });
      request.result.createObjectStore("actions", { keyPath: "id" });
    };
    request.onsuccess = () => {
      // A newer page in another tab must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      done(request.result);
    };
    request.onerror = () => done(null);
    request.onblocked = () => done(null);
  });
  return opening;
}

async function run<T>(
  store: Store,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | null> {
  const database = await open();
  if (database === null) return null;
  return new Promise((done) => {
    try {
      const transaction = database.transaction(store, mode);
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = () => done(null);
      transaction.onabort = () => done(null);
    } catch {
      done(null);
    }
  });
}

export const readAll = async <T>(store: Store): Promise<T[]> =>
  ((await run(store, "readonly", (all) => all.getAll())) as T[] | null) ?? [];
export const readOne = async <T>(store: Store, key: string): Promise<T | null> =>
  ((await run(store, "readonly", (all) => all.get(key))) as T | null | undefined) ?? null;
/** Whether it is kept. */
export const write = async (store: Store, value: object): Promise<boolean> =>
  (await run(store, "readwrite", (all) => all.put(value))) !== null;
export const erase = async (store: Store, key: string): Promise<void> => {
  await run(store, "readwrite", (all) => all.delete(key));
};
export const eraseAll = async (store: Store): Promise<void> => {
  await run(store, "readwrite", (all) => all.clear());
};
