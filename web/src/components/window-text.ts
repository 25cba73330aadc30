/** Sets of days and hours in words: `Mon to Fri, 09:00 to 17:00`. */
export function windowText(window: { days: readonly number[]; from: string; until: string }): string {
  const names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const days = [...window.days].sort((one, other) => one - other);
  const run =
    days.length > 2 && days.every((day, index) => index === 0 || day === (days[index - 1] ?? 0) + 1);
  const first = names[(days[0] ?? 1) - 1] ?? "";
  const last = names[(days.at(-1) ?? 1) - 1] ?? "";
  const text =
    days.length === 7
      ? "Every day"
      : run
        ? `${first} to ${last}`
        : days.map((day) => names[day - 1]).join(", ");
  return `${text}, ${window.from} to ${window.until}`;
}
