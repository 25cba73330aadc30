"""What Schemathesis cannot know by itself."""

import os

import schemathesis

PEOPLE = "/api/profile/", "/api/auth/"


@schemathesis.hook
def before_call(context, case, kwargs):
    # It draws the same short keys again and again, and a key that comes with another request is refused, as it must
    # be. What these keys do is tested in crates/overture/tests/it/idempotency.rs.
    case.headers.pop("Idempotency-Key", None)
    # The token belongs to the session, so no made-up one fits. Where it is left out on purpose, it stays so.
    if "X-CSRF-Token" in case.headers and case.operation.path.startswith(PEOPLE):
        other = "OTHER_" if case.operation.path == "/api/auth/logout" else ""
        case.headers["X-CSRF-Token"] = os.environ[f"OVERTURE_{other}CSRF"]


@schemathesis.serializer("message/rfc822", "text/csv")
def text(context, value):
    if isinstance(value, bytes):
        return value
    return str(value).encode("utf-8", "surrogatepass")
