const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat("en-US");

export function count(value: number): string {
  return whole.format(Math.round(value));
}

/** How many match, where a list counts no further than 10,000: `10,000+`. */
export function atLeast({ total, total_is_capped }: { total: number; total_is_capped?: boolean }): string {
  return total_is_capped ? `${count(total)}+` : count(total);
}

/** `3 people`, `1 person`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** A share as whole percent; small but real shares never read as nothing. */
export function percent(part: number, total: number): string {
  if (total <= 0) return "0%";
  const share = (part / total) * 100;
  if (share > 0 && share < 1) return "<1%";
  if (share > 99 && share < 100) return ">99%";
  return `${Math.round(share)}%`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB"];
  let size = value;
  let unit = -1;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** Age in the shortest words: `now`, `2m`, `3h`, `4d`, then the date. */
export function age(at: string | number, now: number): string {
  const then = typeof at === "number" ? at : Date.parse(at);
  const past = now - then;
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (past < DAY) return `${Math.floor(past / HOUR)}h`;
  if (past < 7 * DAY) return `${Math.floor(past / DAY)}d`;
  return inZone(then, { day: "numeric", month: "short" });
}

/** A span of seconds as a person would say it: `30 min`, `2 days`. */
export function span(seconds: number): string {
  const units: [number, string][] = [
    [86_400, "day"],
    [3600, "hour"],
    [60, "min"],
    [1, "s"],
  ];
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, name] of units) {
    const amount = Math.floor(rest / size);
    if (amount === 0) continue;
    rest -= amount * size;
    const unit = name === "min" || name === "s" ? ` ${name}` : ` ${name}${amount === 1 ? "" : "s"}`;
    parts.push(`${amount}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** Day and time in a zone: `Mon 09:12` within a week, else `3 Dec 09:12`. */
export function when(at: string | number, now: number, zone?: string): string {
  const then = typeof at === "number" ? at : Date.parse(at);
  const near = Math.abs(now - then) < 6 * DAY;
  const day = inZone(then, near ? { weekday: "short" } : { day: "numeric", month: "short" }, zone);
  return `${day} ${clockTime(then, zone)}`;
}

/** `09:12` in a zone. */
export function clockTime(at: string | number, zone?: string): string {
  return inZone(at, { hour: "2-digit", minute: "2-digit", hour12: false }, zone);
}

/** The full date and time with the zone that it is in, for tooltips. */
export function exactly(at: string | number, zone?: string): string {
  return inZone(at, { dateStyle: "medium", timeStyle: "long" }, zone);
}

export function longDate(at: number, zone?: string): string {
  return inZone(at, { weekday: "long", day: "numeric", month: "long" }, zone);
}

/** The day as a heading: `Today`, `Yesterday`, `Thursday 19 November`, with the year where it is another one. */
export function dayName(at: string | number, now: number, zone?: string): string {
  const past = Math.round((midnight(now, zone) - midnight(at, zone)) / DAY);
  if (past === 0) return "Today";
  if (past === 1) return "Yesterday";
  const then = typeof at === "number" ? at : Date.parse(at);
  const year = inZone(then, { year: "numeric" }, zone);
  const date = longDate(then, zone);
  return year === inZone(now, { year: "numeric" }, zone) ? date : `${date} ${year}`;
}

/** A number for the day that it is in a zone, as far from its neighbours as days are. */
function midnight(at: string | number, zone?: string): number {
  const date = inZone(at, { year: "numeric", month: "2-digit", day: "2-digit" }, zone);
  const [day = 1, month = 1, year = 1970] = date.split("/").map(Number);
  return Date.UTC(year, month - 1, day);
}

/** `13 Nov`, with the year where it is another one. */
export function exactDay(at: string | number, now: number, zone?: string): string {
  const year = (instant: string | number) => inZone(instant, { year: "numeric" }, zone);
  const day = { day: "numeric", month: "short" } as const;
  return inZone(at, year(at) === year(now) ? day : { ...day, year: "numeric" }, zone);
}

/** The zone of the workspace: every time is shown in it unless said otherwise. */
let homeZone: string | undefined;

export function setHomeZone(zone: string): void {
  homeZone = zone;
}

function inZone(at: string | number, options: Intl.DateTimeFormatOptions, zone?: string): string {
  const then = typeof at === "number" ? at : Date.parse(at);
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone ?? homeZone }).format(then);
  } catch {
    // A zone that this browser does not know: its own zone is better than nothing.
    return new Intl.DateTimeFormat("en-GB", options).format(then);
  }
}

/** `Ann`, `Ann or Bo`, `Ann, Bo or Cy`; of many, the first three. */
export function anyOf(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const last = shown.pop() ?? "";
  return shown.length === 0 ? last : `${shown.join(", ")} or ${last}`;
}

/** A machine word for people: `out_of_office` to `Out of office`. A sentence stays as it is. */
export function words(value: string): string {
  if (/\s/.test(value.trim())) return value.charAt(0).toUpperCase() + value.slice(1);
  const text = value.replaceAll(/[_.:-]+/g, " ").trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The name of a person, or what we have instead. */
export function personName(person: {
  full_name?: string | null;
  first_name?: string | null;
  last_name?: string | null;
  email?: string | null;
  phone?: string | null;
}): string {
  const joined = [person.first_name, person.last_name].filter(Boolean).join(" ");
  return person.full_name || joined || person.email || person.phone || "No name";
}

/** A calendar day, `2026-11-30`, as a person would write it: `30 Nov 2026`. It is the same day in every zone. */
export function dayWords(day: string): string {
  const at = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return day;
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
}
