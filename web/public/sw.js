// The service worker: small and by hand. It keeps the application itself, so that it opens without a network, and shows
// what is pushed. It never keeps an answer of the API: what may be read offline is kept by the page, which knows whose it
// is. The build writes the names of the files and a version over the two lines below.
const VERSION = "dev";
const FILES = ["/"];

// The answers say that they vary by who asks (`Vary: origin`), which files of the application do not.
const LOOSE = { ignoreVary: true };
const PREFIX = "overture-app-";
const CACHE = `${PREFIX}${VERSION}`;

self.addEventListener("install", (event) => event.waitUntil(precache()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

async function precache() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    FILES.map(async (file) => {
      // A file whose name says what is in it may be here from the version before.
      const held = file.startsWith("/assets/") ? await caches.match(file, LOOSE) : undefined;
      const answer = held ?? (await fetch(file, { cache: "reload", credentials: "omit" }));
      if (!answer.ok) throw new Error(`${file} was answered with ${answer.status}`);
      await cache.put(file, answer);
    }),
  );
}

/** The version before stays: tabs that were opened with it may still ask for its files. */
async function takeOver() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// These are never the page.
const PROGRAMS = [
  "/api/",
  "/socket.io",
  "/webhooks/",
  "/media/",
  "/t/",
  "/u/",
  "/metrics",
  "/health",
  "/ready",
];

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (PROGRAMS.some((program) => url.pathname.startsWith(program))) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else event.respondWith(file(request, url));
});

/** The newest page there is; without a network the one that is kept. */
async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(CACHE)).match("/", LOOSE);
    if (kept) return kept;
    throw error;
  }
}

/** A file of the application: those under /assets/ never change. */
async function file(request, url) {
  if (url.pathname.startsWith("/assets/")) return (await caches.match(request, LOOSE)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ...LOOSE, ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
  // A page that was loaded from this version needs nobody's leave.
  const { entry } = event.data ?? {};
  if (typeof entry !== "string") return;
  const mine = FILES.includes(entry);
  event.ports[0]?.postMessage(mine);
  if (mine) event.waitUntil(self.skipWaiting());
});

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

async function show(data) {
  let said = {};
  try {
    said = data?.json() ?? {};
  } catch {
    // What cannot be read is still news.
  }
  const { title = "Overture", text = "", path = "/notifications" } = said;
  // One line for each thing it is about: what is said again takes the place of what was said before.
  await self.registration.showNotification(title, {
    body: text,
    tag: path,
    renotify: true,
    icon: "/icon.svg",
    data: { path },
  });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path));
});

/** In a tab that is open, else in a new one. */
async function open(path) {
  const here = typeof path === "string" && path.startsWith("/") && !path.startsWith("//") ? path : "/";
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find(({ focused }) => focused) ?? tabs[0];
  if (!tab) return self.clients.openWindow(here);
  tab.postMessage({ go: here });
  return tab.focus();
}
