export type Part = {
  value: number;
  fill: "accent" | "good" | "info" | "bad" | "warn" | "plain";
  label: string;
};

/** One bar cut into its parts; the words carry the meaning, the colours help. */
export function Bar({
  parts,
  total,
  label,
  tall,
}: {
  parts: readonly Part[];
  total: number;
  label: string;
  tall?: boolean;
}) {
  const words = parts.filter((part) => part.value > 0).map((part) => `${part.value} ${part.label}`);
  return (
    <div
      className={tall ? "bar bar-tall" : "bar"}
      role="img"
      aria-label={`${label}: ${words.join(", ") || "nothing yet"}`}
    >
      {parts.map((part) => (
        <span
          key={part.label}
          className={`fill-${part.fill}`}
          style={{ width: total > 0 ? `${(part.value / total) * 100}%` : 0 }}
          title={`${part.value} ${part.label}`}
        />
      ))}
    </div>
  );
}
