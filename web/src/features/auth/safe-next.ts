/** Where to go after the login: only a page of this application, never another origin. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith("/") || next.startsWith("//") || next.startsWith("/\\") || next.startsWith("/login"))
    return "/";
  return next;
}
