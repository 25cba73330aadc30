import type { ErrorBody, FieldError } from "./types/wire.ts";

/** What went wrong with one request, in words for the person who made it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  readonly kind: string;
  readonly fields: FieldError[];
  readonly requestId: string | null;
  readonly details: string | null;
  /** How many seconds the server asks to wait before the next try. */
  readonly retryAfter: number | null;

  constructor(init: {
    status: number;
    code?: number;
    kind?: string;
    message: string;
    fields?: FieldError[];
    requestId?: string | null;
    details?: string | null;
    retryAfter?: number | null;
  }) {
    super(init.message);
    this.name = "ApiError";
    this.status = init.status;
    this.code = init.code ?? init.status;
    this.kind = init.kind ?? "unknown";
    this.fields = init.fields ?? [];
    this.requestId = init.requestId ?? null;
    this.details = init.details ?? null;
    this.retryAfter = init.retryAfter ?? null;
  }

  /** The server did not answer at all; the same request may work in a moment. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === "object" && body !== null && "error" in body && typeof body.error === "object";
}

/** Reads the error out of an answer, whatever it looks like. */
export function errorFrom(status: number, body: unknown, retryAfter: string | null = null): ApiError {
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  if (isErrorBody(body)) {
    const { error, request_id } = body;
    return new ApiError({
      status,
      code: error.code,
      kind: error.name,
      message: error.message,
      fields: error.fields ?? [],
      requestId: request_id,
      details: typeof error.details === "string" ? error.details : null,
      retryAfter: seconds,
    });
  }
  const message =
    status === 502 || status === 503 || status === 504
      ? "The server is starting or restarting. Try again in a moment."
      : `The server answered with status ${status} and no explanation.`;
  return new ApiError({ status, message, retryAfter: seconds });
}

export function offlineError(): ApiError {
  return new ApiError({
    status: 0,
    kind: "offline",
    message:
      "The server cannot be reached. Check that it is running and that you are online, then try again.",
  });
}

/** The words for any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong that has no explanation.";
}

/** The message that belongs beside one field of a form. */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.fields.find((item) => item.field === field)?.message;
}

/** The error of a form, unless all of it is said beside its fields. */
export function formError(error: unknown, fields: readonly string[]): unknown {
  const beside = error instanceof ApiError && error.fields.some((item) => fields.includes(item.field));
  return beside ? null : error;
}
