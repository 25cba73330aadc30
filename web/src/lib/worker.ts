/** The service worker: it keeps the application for when there is no network, and shows what is pushed. */

import { createStore } from "./store.ts";

/** Whether a newer version of the application waits for the page to be loaded anew. */
export const newVersion = createStore(false);

/** A page without TLS has none, nor has the development server. */
export function hasWorker(): boolean {
  return import.meta.env.PROD && "serviceWorker" in navigator;
}

/** Registers it. A version that is found later waits until somebody asks for it: nothing changes under open pages. */
export function startWorker(): void {
  if (!hasWorker()) return;
  const { serviceWorker } = navigator;
  void serviceWorker
    .register("/sw.js", { updateViaCache: "none" })
    .then((registration) => {
      const look = () => {
        if (registration.waiting && serviceWorker.controller) void askWhether(registration.waiting);
      };
      look();
      registration.addEventListener("updatefound", () =>
        registration.installing?.addEventListener("statechange", look),
      );
      // Whoever comes back to the page may find that it has grown old.
      document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible" && navigator.onLine) registration.update().catch(ignore);
      });
    })
    .catch((error: unknown) => console.warn("The service worker could not be registered.", error));
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<{ go?: string } | null>) => {
    if (data?.go) window.dispatchEvent(new CustomEvent("overture:go", { detail: data.go }));
  });
}

/** Whether a version that waits is another one than this page's: a page comes from the server, and may be newer. */
async function askWhether(waiting: ServiceWorker): Promise<void> {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  const entry = script ? new URL(script.src).pathname : "";
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => newVersion.set(data === false);
  waiting.postMessage({ entry }, [port2]);
}

/** Without a network it is looked for later. */
function ignore(): void {
  // There is nothing to do.
}

/** Takes up the version that waits, in every tab of this browser. */
export async function takeNewVersion(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration?.waiting) {
    location.reload();
    return;
  }
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  registration.waiting.postMessage("take-over");
}
