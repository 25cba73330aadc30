import { toast } from "~/ui/toast.tsx";

/** Puts `text` on the clipboard and says `done`; where the browser gives none away, shows it to be copied by hand. */
export async function copyText(text: string, done: string): Promise<boolean> {
  try {
    // Without TLS a browser gives no clipboard away from this machine.
    if (!navigator.clipboard) throw new Error("There is no clipboard.");
    await navigator.clipboard.writeText(text);
  } catch {
    toast(`Copy it by hand: ${text}`);
    return false;
  }
  toast(done);
  return true;
}
