/** What to tell the server so that the field at `at` goes one place up (-1) or down (1). */
export function moved(
  fields: readonly { id: string; position: number }[],
  at: number,
  by: -1 | 1,
): { id: string; position: number }[] {
  const order = [...fields];
  const [field] = order.splice(at, 1);
  if (field) order.splice(Math.max(0, at + by), 0, field);
  // Fields that share a place, or leave one out, are numbered anew.
  return order
    .map(({ id, position }, index) => ({ id, position: index + 1, before: position }))
    .filter(({ position, before }) => position !== before)
    .map(({ id, position }) => ({ id, position }));
}
