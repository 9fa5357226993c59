"""The feedback log: every signal that a human gave, in one SQLite file that survives a kill."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from teaching.errors import UserError
from teaching.feedback import Correction, Feedback, Kind, Preference, Ranking
from teaching.lock import hold
from teaching.log_rows import LoggedFeedback, Row, feedback_of, rows_of

FILE_NAME = "feedback.sqlite"
"""What the log of a run is called in the run's folder."""

_APPLICATION_ID = 0x636F6163  # "coac"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE feedback(
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    human TEXT NOT NULL,
    world INTEGER NOT NULL,
    step INTEGER NOT NULL,
    wall_time REAL,
    human_seconds REAL,
    payload BLOB NOT NULL,
    superseded INTEGER NOT NULL DEFAULT 0
)"""
_RECEIPTS = """
CREATE TABLE IF NOT EXISTS receipts(
    token TEXT PRIMARY KEY,
    feedback_id INTEGER NOT NULL
) WITHOUT ROWID"""
_INSERT = (
    "INSERT INTO feedback(kind, human, world, step, wall_time, human_seconds, payload)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_SELECT = (
    "SELECT kind, human, world, step, wall_time, human_seconds, payload FROM feedback"
    " WHERE kind = coalesce(?, kind) AND superseded <= ? ORDER BY id"
)
_SET_ASIDE = (
    "SELECT id, kind, human, world, step, wall_time, human_seconds, payload FROM feedback"
    " WHERE kind = ? AND superseded = 1 ORDER BY id"
)
_BATCH_SECONDS = 2.0


class FeedbackLog:
    """The one writer of a feedback log.

    One row is kept for each world or query that carries a signal: an intervention where its mask
    is True, an evaluation where its mask is True, an utterance that is not empty, and every row of
    the other kinds, skipped comparisons too. The price of merely watching is not in the log.
    Threads may share it.
    """

    def __init__(self, path: Path | str, durable: bool, *, batch: int = 256):
        """Open the log at `path`, or make it; its folder must exist.

        Args:
            path: the file. Beside it lie SQLite's own ``-wal`` and ``-shm``, and ``.lock``.
            durable: True for a person: a signal is on the disk before `append` returns. False for
                a simulated human: rows are gathered and written every `batch` rows, or at the
                first signal more than two seconds after the last write; a kill loses only those.
            batch: rows that are written together where `durable` is False.

        Raises:
            UserError: the file cannot be written, is damaged, is not a feedback log, or has
                another writer. It is left as it was.

        """
        self.path = Path(path)
        self.durable = durable
        self._batch = 1 if durable else batch
        self._rows: list[Row] = []
        self._guard = threading.RLock()
        self._last_commit = time.monotonic()
        self._lock = hold(self.path.with_name(self.path.name + ".lock"), f"feedback log {path}")
        try:
            self._database = _open_to_write(self.path)
        except BaseException:
            self._lock.close()
            raise

    def append(
        self,
        kind: Kind,
        record: Feedback,
        *,
        obs: np.ndarray | None = None,
        proposed_action: np.ndarray | None = None,
        asked: np.ndarray | None = None,
        episode_start: np.ndarray | None = None,
    ) -> None:
        """Keep the signals in `record`; on the disk before it returns where the log is durable.

        Args:
            kind: what `record` is.
            record: arrays over N worlds or B queries.
            obs: [N, O...] what the human saw, to be kept beside each signal.
            proposed_action: [N, A...] what the learner was about to do, likewise.
            asked: [B] int64, environment steps when a question was put that was answered later.
            episode_start: [N] bool, where a signal was given at the first step of an episode.

        Raises:
            UserError: the disk is full or failing.

        """
        rows = rows_of(kind, record, obs, proposed_action, asked, episode_start)
        with self._guard:
            self._rows += rows
            late = time.monotonic() - self._last_commit > _BATCH_SECONDS
            if late or len(self._rows) >= self._batch:
                self.commit()

    def append_once(
        self,
        token: str,
        kind: Kind,
        record: Feedback,
        *,
        obs: np.ndarray | None = None,
        proposed_action: np.ndarray | None = None,
        asked: np.ndarray | None = None,
        episode_start: np.ndarray | None = None,
    ) -> bool:
        """Keep a signal that may come twice, once; it is on the disk before this returns.

        Args:
            token: the same each time that the signal comes, and no other's.
            kind: what `record` is.
            record: arrays over one world or query.
            obs: [1, O...] what the human saw, to be kept beside it.
            proposed_action: [1, A...] what the learner was about to do, likewise.
            asked: [1] int64, environment steps when the question was put, where it is an answer.
            episode_start: [1] bool, where it is given at the first step of an episode.

        Returns:
            Whether it is new.

        Raises:
            UserError: the disk is full or failing.

        """
        (row,) = rows_of(kind, record, obs, proposed_action, asked, episode_start)
        with self._guard:
            self.commit()
            with self._transaction():
                database = self._database
                if database.execute("SELECT 1 FROM receipts WHERE token = ?", (token,)).fetchone():
                    return False
                number = database.execute(_INSERT, row).lastrowid
                database.execute("INSERT INTO receipts VALUES (?, ?)", (token, number))
        return True

    def has(self, token: str) -> bool:
        """Whether a signal with this token was kept."""
        query = "SELECT 1 FROM receipts WHERE token = ?"
        with self._guard:
            return self._database.execute(query, (token,)).fetchone() is not None

    def reinstate(self, kind: Kind, segments: np.ndarray, step: int) -> list[LoggedFeedback]:
        """Count answers to a question that is put again, though they were superseded.

        Args:
            kind: of the question.
            segments: [K] that it is about.
            step: environment steps taken, to which the answers belong from now on.

        Returns:
            The answers, in the order in which they were given.

        """
        wanted = np.ravel(segments).tolist()
        with self._guard:
            self.commit()
            rows = self._database.execute(_SET_ASIDE, (kind,)).fetchall()
            found = {row[0]: feedback_of(row[1:]) for row in rows}
            ours = [n for n, row in found.items() if np.ravel(_about(row)).tolist() == wanted]
            with self._transaction():
                self._database.executemany(
                    "UPDATE feedback SET superseded = 0, step = ? WHERE id = ?",
                    [(step, number) for number in ours],
                )
        return [found[number] for number in ours]

    def append_row(self, row: LoggedFeedback) -> None:
        """Keep one signal as `read` gave it, its world included.

        Raises:
            UserError: the disk is full or failing.

        """
        obs, proposal = (None if x is None else x[None] for x in (row.obs, row.proposed_action))
        asked = None if row.asked is None else np.array([row.asked])
        for kind, human, _, step, at, price, payload in rows_of(
            row.kind, row.record, obs, proposal, asked, np.array([row.episode_start])
        ):
            with self._guard:
                self._rows.append((kind, human, row.world, step, at, price, payload))
        if len(self._rows) >= self._batch:
            self.commit()

    def commit(self) -> None:
        """Bring every appended row to the disk.

        Raises:
            UserError: the disk is full or failing; the rows stay gathered for another try.

        """
        with self._guard:
            if self._rows:
                with self._transaction():
                    self._database.executemany(_INSERT, self._rows)
                self._rows.clear()
            self._last_commit = time.monotonic()

    def position(self) -> int:
        """Bring everything to the disk, and say where the log stands; a checkpoint keeps this."""
        with self._guard:
            self.commit()
            query = "SELECT coalesce(max(id), 0) FROM feedback"
            (last,) = self._database.execute(query).fetchone()
        return last

    def trim_to(self, position: int) -> None:
        """Mark what was appended after `position` as superseded; nothing is deleted."""
        with self._guard:
            self.commit()
            with self._transaction():
                query = "UPDATE feedback SET superseded = 1 WHERE id > ?"
                self._database.execute(query, (position,))

    def read(self, kind: Kind | None = None, superseded: bool = False) -> Iterator[LoggedFeedback]:
        """Rows in the order in which they were appended, the open batch included.

        Args:
            kind: this kind only.
            superseded: the superseded rows too.

        """
        self.commit()
        return _read(self._database, self.path, kind, superseded)

    def count(self, kind: Kind | None = None, superseded: bool = False) -> int:
        """How many rows `read` would give."""
        self.commit()
        query = "SELECT count(*) FROM feedback WHERE kind = coalesce(?, kind) AND superseded <= ?"
        (rows,) = self._database.execute(query, (kind, superseded)).fetchone()
        return rows

    def close(self) -> None:
        """Bring every row to the disk and let go of the file."""
        with self._guard:
            if self._lock.closed:
                return
            try:
                self.commit()
            finally:
                self._database.close()
                self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with _transaction(self._database):
                yield
        except sqlite3.Error as error:
            raise UserError(f"feedback log {self.path} cannot be written: {error}") from error


def read_log(
    path: Path | str, kind: Kind | None = None, superseded: bool = False
) -> Iterator[LoggedFeedback]:
    """Rows of the log at `path`, which another process may be writing at the moment.

    Args:
        path: the file.
        kind: this kind only.
        superseded: the superseded rows too.

    Raises:
        UserError: it is missing, damaged, or not a feedback log.

    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no feedback log at {path}")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            if _is_empty(database):
                return
            _check(database, path)
            yield from _read(database, path, kind, superseded)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error


def _read(
    database: sqlite3.Connection, path: Path, kind: Kind | None, superseded: bool
) -> Iterator[LoggedFeedback]:
    try:
        for row in database.execute(_SELECT, (kind, superseded)):
            yield feedback_of(row)
    except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(path, error) from error


def _about(row: LoggedFeedback) -> np.ndarray:
    assert isinstance(row.record, Preference | Ranking | Correction)
    return row.record.segments


def _open_to_write(path: Path) -> sqlite3.Connection:
    try:
        if path.exists() and path.stat().st_size:
            # Looked at read-only first, so that somebody else's file is never written to.
            uri = f"{path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True)) as database:
                if not _is_empty(database):
                    _check(database, path)
        # One connection for all threads; the log's own guard keeps them apart.
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        with _transaction(database):
            if _is_empty(database):
                database.execute(_SCHEMA)
                database.execute(f"PRAGMA application_id={_APPLICATION_ID}")
                database.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
            database.execute(_RECEIPTS)  # logs of before there were receipts get them
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    return database


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:  # SQLite rolls back by itself on some errors
            database.execute("ROLLBACK")
        raise


def _is_empty(database: sqlite3.Connection) -> bool:
    """Nothing in it yet: new, or its maker was killed before the schema was committed."""
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    return tables == 0 and _pragma(database, "application_id") == 0


def _check(database: sqlite3.Connection, path: Path) -> None:
    if _pragma(database, "application_id") != _APPLICATION_ID:
        raise UserError(f"{path} is a database, but not a feedback log: choose another file")
    version = _pragma(database, "user_version")
    if version != _SCHEMA_VERSION:
        raise UserError(
            f"feedback log {path} has schema version {version}, this program knows "
            f"{_SCHEMA_VERSION}: use the version of coachable that wrote it"
        )
    if (verdict := _pragma(database, "quick_check(1)")) != "ok":
        raise _unreadable(path, verdict)


def _pragma(database: sqlite3.Connection, name: str) -> int | str:
    return database.execute(f"PRAGMA {name}").fetchone()[0]


def _unreadable(path: Path, why: object) -> UserError:
    reason = str(why).splitlines()[0] if str(why) else "unknown error"
    return UserError(
        f"feedback log {path} cannot be used ({reason}): restore it or choose another file"
    )
