import type { MadeApiKey } from "~/api/types/keys.ts";
import { KeyOnce } from "./key-once.tsx";

/** The text of an API key, this once, with the shortest way to use it. */
export function MadeKey({ made, onClose }: { made: MadeApiKey; onClose: () => void }) {
  return (
    <KeyOnce
      label="API key"
      name={made.name}
      value={made.key}
      command={`curl -H "Authorization: Bearer ${made.key}" \\\n  ${window.location.origin}/api/auth/me`}
      why={`It is shown only now. Keep it where you keep passwords: whoever has it can do what “${made.name}” may.`}
      onClose={onClose}
    >
      <p className="small soft">It answers with your name and with what the key may do.</p>
    </KeyOnce>
  );
}
