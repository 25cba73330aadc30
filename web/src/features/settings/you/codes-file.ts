/** What is downloaded: years later it still says what it is for. */
export function codesFile(codes: readonly string[], where: string = location.origin): string {
  return [
    `Recovery codes for Overture at ${where}`,
    "Each works once, in place of the code of your authenticator app.",
    "",
    ...codes,
    "",
  ].join("\n");
}
