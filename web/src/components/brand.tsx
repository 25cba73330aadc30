/** The mark: a stave with one note. */
export function Brand({ word = true }: { word?: boolean }) {
  return (
    <>
      <svg viewBox="0 0 22 22" aria-hidden="true" focusable="false">
        <path d="M1 4.5h20M1 8.5h20M1 12.5h20M1 16.5h20" stroke="var(--ink-3)" strokeWidth="1.3" />
        <ellipse cx="9" cy="15" rx="4" ry="3.1" transform="rotate(-18 9 15)" fill="var(--accent)" />
        <path d="M12.6 14V3" stroke="var(--accent)" strokeWidth="1.8" strokeLinecap="round" />
      </svg>
      {word ? <span>Overture</span> : null}
    </>
  );
}
