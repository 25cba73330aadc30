/** Web Push, as this browser knows it. */

import { hasWorker } from "./worker.ts";

export type PushAbility = "yes" | "blocked" | "no";

/** Whether this browser can be pushed to; `blocked` where its owner has said that it may not. */
export function pushAbility(): PushAbility {
  if (!hasWorker() || !("PushManager" in window) || !("Notification" in window)) return "no";
  return Notification.permission === "denied" ? "blocked" : "yes";
}

export type Subscription = { endpoint: string; p256dh: string; auth: string };

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function plain(subscription: PushSubscription): Subscription | null {
  const { endpoint, keys } = subscription.toJSON();
  if (!endpoint || !keys?.p256dh || !keys.auth) return null;
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

/** Asks the owner and the push service; null where the owner says no. */
export async function subscribe(publicKey: string): Promise<Subscription | null> {
  if ((await Notification.requestPermission()) !== "granted") return null;
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  // One that was made for another server's key is worth nothing here.
  const key = before?.options.applicationServerKey;
  if (before && key && encode(key) !== publicKey) await before.unsubscribe();
  const made = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(publicKey),
  });
  return plain(made);
}

export function encode(bytes: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Nothing more comes to this browser. */
export async function unsubscribe(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
