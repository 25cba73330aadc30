/** Between the form and the other ways in. */
export function Or() {
  return (
    <p className="auth-or small soft" aria-hidden="true">
      or
    </p>
  );
}
