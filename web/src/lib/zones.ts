/** The zone of this device. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Every zone that the browser knows, with UTC and `extra` among them. */
export function allZones(extra?: string): string[] {
  const zones = new Set(["UTC", ownZone(), ...Intl.supportedValuesOf("timeZone")]);
  if (extra) zones.add(extra);
  return [...zones].sort();
}

/** Countries for phone numbers without one; the most common first would need a guess, so by name. */
const COUNTRIES = [
  "AT",
  "AU",
  "BE",
  "BR",
  "CA",
  "CH",
  "CZ",
  "DE",
  "DK",
  "ES",
  "FI",
  "FR",
  "GB",
  "GR",
  "HU",
  "IE",
  "IL",
  "IN",
  "IT",
  "JP",
  "KR",
  "MX",
  "NL",
  "NO",
  "NZ",
  "PL",
  "PT",
  "RO",
  "SE",
  "SG",
  "TR",
  "US",
  "ZA",
] as const;

export function countries(extra?: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(["en"], { type: "region" });
  const codes = new Set<string>([...COUNTRIES, ...(extra ? [extra] : [])]);
  return [...codes]
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The country of this device's language, where it names one. */
export function ownCountry(): string {
  return new Intl.Locale(navigator.language).region ?? "US";
}
