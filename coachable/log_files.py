"""Feedback that leaves the lab, and feedback that comes into it."""

from __future__ import annotations

import os
from pathlib import Path

from coachable.files import write_whole
from teaching import UserError
from teaching.lock import hold
from teaching.log import FILE_NAME, FeedbackLog, read_log
from teaching.log_json import lines_of, rows_from


def export_log(log: str, out: str | None, overwrite: bool) -> Path:
    """Write a feedback log as JSON Lines.

    Args:
        log: a run's folder, which may be training, or a feedback log's file.
        out: the file; None puts ``feedback.jsonl`` beside the log.
        overwrite: whether a file that is there already is replaced.

    Raises:
        UserError: there is no such log, or the file is there or cannot be written.

    """
    source = _log_at(log)
    target = Path(out) if out is not None else source.with_suffix(".jsonl")
    _require_free(target, overwrite)
    lines = [line.encode() for line in lines_of(read_log(source))]
    write_whole(target, lines)
    print(f"{len(lines) - 1:,} signals: {target}")
    return target


def import_log(file: str, out: str, overwrite: bool) -> Path:
    """Make a feedback log of JSON Lines, which ``human=replay human.log=…`` gives again.

    Args:
        file: in JSON Lines.
        out: the log's file.
        overwrite: whether a log that is there already is replaced.

    Raises:
        UserError: the file cannot be read or a line of it is damaged; then nothing is written.

    """
    target = Path(out)
    _require_free(target, overwrite)
    try:
        # All of it first: a damaged line must leave no half of a log behind.
        with open(file, encoding="utf-8", errors="strict") as lines:
            rows = list(rows_from(lines, file))
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no text in UTF-8 ({error.reason})") from None
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from error
    if not target.parent.is_dir():
        raise UserError(f"there is no folder {target.parent} to write {target.name} into")
    new = target.with_name(f".{target.name}.new")
    # Whoever writes the log that is to be replaced has the lock, and keeps their log.
    with hold(target.with_name(target.name + ".lock"), f"feedback log {target}"):
        _remove(new, *_beside(new))
        try:
            with FeedbackLog(new, durable=False) as log:
                for row in rows:
                    log.append_row(row)
            _remove(*_beside(target)[:2])
            os.replace(new, target)
        finally:
            _remove(new, *_beside(new))
    print(f"{len(rows):,} signals: {target}")
    return target


def _log_at(log: str) -> Path:
    path = Path(log)
    return path / FILE_NAME if path.is_dir() else path


def _beside(log: Path) -> list[Path]:
    """SQLite's own two files, and the lock."""
    return [Path(f"{log}{end}") for end in ("-wal", "-shm", ".lock")]


def _remove(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _require_free(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise UserError(f"{target} is there already; choose another --out, or --overwrite")
