"""A chat model behind any server that speaks OpenAI's protocol, over plain HTTP."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from teaching import UserError

URL, MODEL, KEY = "COACHABLE_LLM_URL", "COACHABLE_LLM_MODEL", "COACHABLE_LLM_KEY"
"""Environment variables; the key is in no config, so that no run folder keeps it."""

_PAUSE = 0.5
"""Seconds before the second try, twice as many before each further one."""
_LARGEST = 1_000_000
"""Bytes of a reply that are read."""


class ChatError(Exception):
    """No usable reply came; the text says why, in one line."""


@dataclass(frozen=True)
class Chat:
    """A model at a server.

    Attributes:
        url: of the server's API, such as http://127.0.0.1:8000/v1.
        model: its name there.
        timeout: seconds for one reply.
        retries: further tries after one that failed in a way that may pass.

    """

    url: str
    model: str
    timeout: float = 20.0
    retries: int = 2

    def ask(self, system: str, user: str) -> dict[str, Any]:
        """The JSON object that the model replies with.

        Raises:
            ChatError: the server cannot be reached, refuses, or replies with something else.

        """
        body = {
            "model": self.model,
            "temperature": 0,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": user},
            ],
        }
        for attempt in range(self.retries + 1):
            try:
                return _object(self._post(body))
            except _Passing as error:
                if attempt == self.retries:
                    raise ChatError(str(error)) from error
                time.sleep(_PAUSE * 2**attempt)
        raise AssertionError("unreachable")

    def _post(self, body: dict[str, Any]) -> bytes:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(KEY):
            headers["Authorization"] = f"Bearer {key}"
        address = f"{self.url.rstrip('/')}/chat/completions"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as reply:
                return bytes(reply.read(_LARGEST))
        except urllib.error.HTTPError as error:
            text = f"{address} answers {error.code} {error.reason}"
            if error.code == 429 or error.code >= 500:
                raise _Passing(text) from error
            raise ChatError(text) from error
        except (OSError, ValueError) as error:  # URLError and time-outs are OSErrors
            why = getattr(error, "reason", None) or error
            raise _Passing(f"{address} cannot be reached: {why}") from error


class _Passing(Exception):
    """Something that another try may get over."""


def _object(reply: bytes) -> dict[str, Any]:
    """The object that a reply's first choice holds, with or without a code fence round it."""
    try:
        text = json.loads(reply)["choices"][0]["message"]["content"]
        start, end = text.index("{"), text.rindex("}") + 1
        found = json.loads(text[start:end])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _Passing(f"the reply is no JSON object: {reply[:60]!r}") from error
    if not isinstance(found, dict):
        raise _Passing("the reply is no JSON object")
    return found


def chat_of(url: str | None, model: str | None, timeout: float = 20.0, retries: int = 2) -> Chat:
    """From settings, and where these are empty from the environment.

    Raises:
        UserError: neither says which server or which model.

    """
    for value, setting, variable in ((url, "llm_url", URL), (model, "llm_model", MODEL)):
        if not (value or os.environ.get(variable)):
            raise UserError(
                f"algorithm.listener=llm needs a server: set algorithm.{setting}=… or the "
                f"environment variable {variable}, or take algorithm.listener=lexicon"
            )
    address = url or os.environ[URL]
    if not address.startswith(("http://", "https://")):
        raise UserError(f"algorithm.llm_url must begin with http:// or https://, got {address!r}")
    return Chat(address, model or os.environ[MODEL], timeout, retries)
