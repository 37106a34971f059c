"""Answers that are not an interaction, in the shapes that Google uses.

Refusal        {"error": {"code": "not_found", "message": …}}                 the API itself
GatewayRefusal {"error": {"code": 403, "message": …, "status": …}}            the gateway in front of it
lost           an HTML page                                                   a path that nobody serves
ProxyPage      an HTML page                                                   whoever stands in between
"""

from collections.abc import Iterable
from html import escape
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from interactions.sandbox.wire import Json

CODES = {
    400: "invalid_request",
    401: "authentication",
    402: "payment_required",
    403: "permission_denied",
    404: "not_found",
    429: "rate_limit_exceeded",
    503: "service_unavailable",
}
MESSAGES = {
    401: "The request has no valid authentication credentials.",
    402: "Billing is not enabled for this project, or its prepaid credit is used up.",
    403: "The caller does not have permission to use this model.",
    429: "You exceeded your current quota, please check your plan and billing details.",
    503: "The model is currently experiencing high demand, spikes in demand are usually temporary. "
    "Please try again later.",
}


class JsonResponse(JSONResponse):
    media_type = "application/json; charset=UTF-8"


class Refusal(Exception):
    def __init__(self, status: int, message: str = "", code: str = "") -> None:
        super().__init__(message or MESSAGES[status])
        self.status = status
        self.code = code or CODES[status]
        self.headers: dict[str, str] = {}

    def body(self) -> Json:
        return {"error": {"message": str(self), "code": self.code}}

    def response(self) -> Response:
        return JsonResponse(self.body(), self.status, self.headers)


class GatewayRefusal(Refusal):
    """`reason` is the ErrorInfo reason; it goes with `details`, as the gateway sends it for keys."""

    STATUSES: ClassVar[dict[int, str]] = {
        400: "INVALID_ARGUMENT",
        403: "PERMISSION_DENIED",
        404: "NOT_FOUND",
    }

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(status, message, self.STATUSES[status])
        self.reason = reason

    def body(self) -> Json:
        error: Json = {"code": self.status, "message": str(self), "status": self.code}
        if self.reason:
            error["details"] = [self._info()]
        return {"error": error}

    def _info(self) -> Json:
        return {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": self.reason,
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }


class ProxyPage(Refusal):
    def __init__(self) -> None:
        super().__init__(502, "Bad Gateway", "bad_gateway")

    def response(self) -> Response:
        return HTMLResponse(
            "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n"
            "<center><h1>502 Bad Gateway</h1></center>\n<hr><center>proxy</center>\n</body>\n</html>\n",
            self.status,
        )


def no_key() -> GatewayRefusal:
    return GatewayRefusal(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def wrong_key() -> GatewayRefusal:
    return GatewayRefusal(400, "API key not valid. Please pass a valid API key.", "API_KEY_INVALID")


def busy(status: int) -> Refusal:
    refusal = Refusal(status)
    refusal.headers["retry-after"] = "1"
    return refusal


def invalid(message: str, code: str = "") -> Refusal:
    return Refusal(400, message, code)


def raise_first(refusals: Iterable[Refusal | None]) -> None:
    for refusal in refusals:
        if refusal:
            raise refusal


def quota(_: Json) -> Refusal:
    return Refusal(429, code="quota_exceeded")


def bad_key(_: Json) -> Refusal:
    return wrong_key()


def unauthenticated(_: Json) -> Refusal:
    return Refusal(401)


def unpaid(_: Json) -> Refusal:
    return Refusal(402)


def forbidden(_: Json) -> Refusal:
    return Refusal(403)


def no_model(body: Json) -> Refusal:
    name = body.get("model", body.get("agent"))
    return Refusal(404, f"Model '{name}' was not found, or it was retired.", "model_not_found")


def unsigned(_: Json) -> Refusal:
    return invalid("Function call 'get_weather' is missing a thought signature.", "missing_thought_signature")


def long_chain(body: Json) -> Refusal | None:
    """What a chain that became too long is told: nothing that helps."""
    return invalid("Request contains an invalid argument.") if "previous_interaction_id" in body else None


def proxy_page(_: Json) -> Refusal:
    return ProxyPage()


async def refuse(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return refusal.response()


async def failed(_: Request, __: Exception) -> Response:
    body = {"error": {"message": "An internal error has occurred.", "code": "api_error"}}
    return JsonResponse(body, 500)


async def lost(request: Request, _: Exception) -> Response:
    """The API has no 405: what it does not route, it does not know."""
    path = escape(request.url.path)
    return HTMLResponse(
        "<!DOCTYPE html>\n<html lang=en>\n<title>Error 404 (Not Found)!!1</title>\n"
        "<p><b>404.</b> <ins>That’s an error.</ins>\n"
        f"<p>The requested URL <code>{path}</code> was not found on this server. "
        "<ins>That’s all we know.</ins>\n",
        404,
    )
