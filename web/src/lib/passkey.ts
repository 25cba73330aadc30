/** What browsers do for passkeys (WebAuthn level 3): options and answers go as JSON. */

export function canPasskeys(): boolean {
  return (
    typeof PublicKeyCredential !== "undefined" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function" &&
    typeof PublicKeyCredential.prototype.toJSON === "function"
  );
}

/** Lets this device, or another one that it asks, make a passkey for this site. */
export async function makePasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return told(await navigator.credentials.create({ publicKey }).catch(inWords));
}

/** Lets whoever is here show one of their passkeys for this site. */
export async function showPasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return told(await navigator.credentials.get({ publicKey }).catch(inWords));
}

function told(credential: Credential | null): unknown {
  if (!(credential instanceof PublicKeyCredential)) throw new Error("This browser gave no passkey.");
  return credential.toJSON();
}

function inWords(error: unknown): never {
  throw new Error(passkeyWords(error instanceof Error ? error.name : ""));
}

/** The words for what a browser refuses; it does not say more, so that sites cannot find out who has a passkey. */
export function passkeyWords(name: string): string {
  if (name === "InvalidStateError") return "This device has a passkey for your account already.";
  if (name === "NotAllowedError" || name === "AbortError")
    return "No passkey was chosen. It was cancelled, took too long, or there is none for this site here.";
  if (name === "SecurityError")
    return "This address cannot have passkeys. Open Overture by its name with https.";
  return "This browser could not use a passkey here.";
}
