"""Feedback that leaves the lab, and feedback that comes into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coachable.files import write_whole
from teaching import UserError
from teaching.lock import hold
from teaching.log import FILE_NAME, FeedbackLog, read_log
from teaching.log_json import lines_of, rows_from
from teaching.log_rows import LoggedFeedback

if TYPE_CHECKING:
    from coachable.config import RunConfig


def export_log(
    log: str,
    out: str | None,
    overwrite: bool,
    file_format: Literal["jsonl", "minari"] = "jsonl",
    dataset: str | None = None,
) -> Path:
    """Write a feedback log as JSON Lines, or the interventions and demonstrations for Minari.

    Args:
        log: a run's folder, which may be training, or a feedback log's file.
        out: the file, or for Minari the folder of datasets; None puts ``feedback.jsonl`` or the
            folder ``minari`` beside the log.
        overwrite: whether what is there already is replaced.
        file_format: which of the two.
        dataset: the dataset's id; None names it after the run.

    Raises:
        UserError: there is no such log, or the file or dataset is there or cannot be written.

    """
    source = _log_at(log)
    if file_format == "minari":
        from coachable.minari_files import export_minari

        return export_minari(source, out, dataset, overwrite, _config_beside(source))
    if dataset is not None:
        raise UserError("--dataset names a Minari dataset; add --format minari")
    target = Path(out) if out is not None else source.with_suffix(".jsonl")
    _require_free(target, overwrite)
    lines = [line.encode() for line in lines_of(read_log(source))]
    write_whole(target, lines)
    print(f"{len(lines) - 1:,} signals: {target}")
    return target


def import_log(file: str, out: str, overwrite: bool) -> Path:
    """Make a feedback log, which ``human=replay human.log=…`` gives again.

    Args:
        file: in JSON Lines, or the folder of a Minari dataset.
        out: the log's file.
        overwrite: whether a log that is there already is replaced.

    Raises:
        UserError: the file cannot be read or part of it is damaged; then nothing is written.

    """
    target = Path(out)
    _require_free(target, overwrite)
    # All of it first: a damaged line must leave no half of a log behind.
    rows = _rows_of(file)
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


def _rows_of(file: str) -> list[LoggedFeedback]:
    if Path(file).is_dir():
        from coachable.minari_files import read_minari

        return list(read_minari(file))
    try:
        with open(file, encoding="utf-8", errors="strict") as lines:
            return list(rows_from(lines, file))
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no text in UTF-8 ({error.reason})") from None
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from error


def _config_beside(source: Path) -> RunConfig | None:
    """The config of the run that a log lies in; None where it is in no run's folder."""
    from coachable.config import from_dict
    from coachable.run_folder import RunFolder

    folder = RunFolder(source.parent)
    if source.name != FILE_NAME or not folder.config_file.is_file():
        return None
    return from_dict(folder.config(), source=str(folder.config_file))


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
