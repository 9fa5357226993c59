"""Which listener: the lexicon's, that of sentence embeddings, or a large language model."""

from __future__ import annotations

from algorithms.verbal.corrections.listening import CorrectionListener, ListensToCorrections
from algorithms.verbal.listening import embedded, minilm
from algorithms.verbal.listening.category import shipped
from algorithms.verbal.listening.chat import chat_of
from algorithms.verbal.listening.listener import Classifies, Listener, Listens
from algorithms.verbal.listening.llm import ChatCorrectionListener, ChatListener
from teaching import UserError
from teaching.manner import Manner
from teaching.words import Words

BACKENDS = ("lexicon", "embedding", "llm")


def listener_of(
    words: Words,
    backend: str = "lexicon",
    classifier: Classifies | None = None,
    llm_url: str | None = None,
    llm_model: str | None = None,
) -> Listens:
    """What understands utterances.

    Args:
        words: of the task.
        backend: one of `BACKENDS`.
        classifier: of clauses, the shipped one of the backend by default.
        llm_url: of the language model's server; see `chat.chat_of`.
        llm_model: its name there.

    Raises:
        UserError: the extra or the server is missing.

    """
    _check(backend)
    if backend == "embedding":
        alike = embedded.similarity(words, minilm.load().embed)
        return Listener(words, classifier or embedded.shipped(), alike)
    plain = Listener(words, classifier)
    if backend == "llm":
        return ChatListener(words, chat_of(llm_url, llm_model), plain)
    return plain


def correction_listener_of(
    manner: Manner,
    backend: str = "lexicon",
    llm_url: str | None = None,
    llm_model: str | None = None,
) -> ListensToCorrections:
    """What understands corrections; see `listener_of`."""
    _check(backend)
    if backend == "embedding":
        embed = minilm.load().embed
        direction, size = (embedded.Nearest(shipped(part), embed) for part in ("direction", "size"))
        return CorrectionListener(manner, direction, size)
    plain = CorrectionListener(manner)
    if backend == "llm":
        return ChatCorrectionListener(manner, chat_of(llm_url, llm_model), plain)
    return plain


def _check(backend: str) -> None:
    if backend not in BACKENDS:
        raise UserError(f"listener must be one of {', '.join(BACKENDS)}, got {backend!r}")
