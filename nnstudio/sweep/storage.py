"""Storage of studies: a journal file, or a database by its URL; what is wrong with it becomes a sentence."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nnstudio.sweep.errors import SweepError

if TYPE_CHECKING:
    import optuna

# How often the tables of a database are tried to be made.
_ATTEMPTS: Final = 3
# Seconds between two signs of life in a database, and after how many a trial without one counts as dead.
_HEARTBEAT: Final = 60
_GRACE: Final = 300
# Seconds that SQLite waits for another process to end its writing.
_PATIENCE: Final = 60
# Seconds that a server of a database has to answer, and the drivers that take that; left alone some wait for minutes.
_CONNECT: Final = 15
_TIMED_DRIVERS: Final = ("psycopg", "psycopg2", "pymysql", "mysqldb", "mariadbconnector")
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+]*://")
# Seconds after which the lock of a journal, which is held for milliseconds, counts as left behind.
_BREAK: Final = 8
# Trainings of the same settings that may be cut off before they are given up.
_MOST_RETRIES: Final = 3
_JOURNAL_BEGINS: Final = b'{"op_code"'
_SQLITE_BEGINS: Final = b"SQLite format 3"


def require_optuna() -> None:
    """Check that Optuna is there. Raises SweepError."""
    try:
        import optuna  # noqa: F401 - only to see whether it is there
        import sqlalchemy  # noqa: F401 - Optuna loads it late
    except ImportError as error:
        raise SweepError(
            f"sweeps need Optuna, which cannot be loaded ({error}); install it with: pip install 'nnstudio[sweep]'"
        ) from None


def is_url(place: str) -> bool:
    """True for the URL of a database, False for a file."""
    return bool(_URL.match(place))


def shown(place: str) -> str:
    """Place of a storage as it may be shown, without a password."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:…@", place)


def open_storage(place: str, *, create: bool = True) -> optuna.storages.BaseStorage:
    """Storage at a file or URL. Raises SweepError; where it must not be made, also if it is not there."""
    require_optuna()
    import optuna

    # Its messages are those of a library; what a user needs to know is told by us.
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with storage_errors(place), _calm():
        if is_url(place):
            return _database(place)
        path = Path(place)
        _check_file(path, create=create)
        lock = _journal_lock(path)
        if create and path.exists():
            _drop_half_line(path, lock)
        backend = optuna.storages.journal.JournalFileBackend(str(path), lock)
        return optuna.storages.JournalStorage(backend)


def _database(url: str) -> optuna.storages.BaseStorage:
    import optuna
    import sqlalchemy

    options: dict[str, Any] = {"pool_pre_ping": True}
    known = sqlalchemy.engine.make_url(url)
    if known.get_dialect().driver in _TIMED_DRIVERS and "connect_timeout" not in known.query:
        options["connect_args"] = {"connect_timeout": _CONNECT}
    if url.startswith("sqlite"):
        options = {"connect_args": {"timeout": _PATIENCE}}
    for attempt in range(_ATTEMPTS):
        try:
            stored = optuna.storages.RDBStorage(
                url,
                engine_kwargs=options,
                heartbeat_interval=_HEARTBEAT,
                grace_period=_GRACE,
                heartbeat_stale_trial_callback=retry,
            )
            break
        except sqlalchemy.exc.SQLAlchemyError as error:
            # Processes that begin together all find no tables, and one of them makes them first.
            if attempt + 1 == _ATTEMPTS or "already exists" not in str(error):
                raise
    return optuna.storages.get_storage(stored)


def close_storage(storage: optuna.storages.BaseStorage) -> None:
    """Close connections to a database; they would stay open as long as the process."""
    storage.remove_session()
    # What Optuna wraps for its cache.
    engine = getattr(getattr(storage, "_backend", None), "engine", None)
    if engine is not None:
        engine.dispose()


def retry(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
    """Let the settings of a trial that was cut off be trained again, by whoever comes next."""
    import optuna

    with _calm():
        optuna.storages.RetryHeartbeatStaleTrialCallback(max_retry=_MOST_RETRIES)(study, trial)


def _journal_lock(path: Path) -> Any:
    """Lock of a journal; one that a process left when it was killed is broken after a few seconds."""
    from optuna.storages.journal import JournalFileOpenLock, JournalFileSymlinkLock

    # On Windows a symbolic link needs a privilege that few have.
    kind = JournalFileOpenLock if sys.platform == "win32" else JournalFileSymlinkLock
    return kind(str(path), grace_period=_BREAK)


def _drop_half_line(path: Path, lock: Any) -> None:
    """Cut off the end of a line whose rest was never written, as on a full drive; the next would be added to it."""
    with path.open("rb") as file:
        if _is_whole(file):
            return
    # Somebody may be writing it in this moment.
    lock.acquire()
    try:
        with path.open("r+b") as file:
            if not _is_whole(file):
                file.truncate(path.read_bytes().rfind(b"\n") + 1)
    finally:
        lock.release()


def _is_whole(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    if not size:
        return True
    file.seek(size - 1)
    return file.read(1) == b"\n"


def _check_file(path: Path, *, create: bool) -> None:
    """Raises SweepError for a file that is something else: a journal is appended to."""
    if path.is_dir():
        raise SweepError(f"{path} is a folder; name a file for the study")
    if not path.exists():
        if not create:
            raise SweepError(f"{path} is not there")
        if not path.absolute().parent.is_dir():
            raise SweepError(f"{path} cannot be made: there is no folder {path.absolute().parent}")
        return
    with path.open("rb") as file:
        begins = file.read(len(_SQLITE_BEGINS))
    if begins.startswith(_SQLITE_BEGINS):
        raise SweepError(f"{path} is an SQLite database; name it as sqlite:///{path}")
    if begins and not begins.startswith(_JOURNAL_BEGINS):
        raise SweepError(f"{path} is no journal of a study; name another file, which will be made")


@contextlib.contextmanager
def storage_errors(place: str) -> Iterator[None]:
    """Turn errors of a storage within this context into SweepErrors of one sentence."""
    import optuna
    import sqlalchemy.exc

    where = shown(place)
    try:
        yield
    except ImportError as error:
        raise SweepError(
            f"{where} needs a database driver that is not installed ({_line(error.__cause__ or error)}); for "
            "PostgreSQL, write postgresql+psycopg://… and install it with: pip install 'psycopg[binary]'"
        ) from None
    except sqlalchemy.exc.ArgumentError:
        raise SweepError(f"{where} is no URL of a database; write it as postgresql+psycopg://user@host/name") from None
    except (sqlalchemy.exc.SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise SweepError(f"the study in {where} cannot be reached: {_line(_origin(error))}") from None
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError) as error:
        raise SweepError(
            f"the journal {where} is damaged ({_line(error)}); begin another study in another file"
        ) from None
    except OSError as error:
        raise SweepError(f"the study in {where} cannot be read or written: {error.strerror or error}") from None
    except (RuntimeError, ValueError) as error:
        raise SweepError(f"the study in {where} cannot be used: {_line(error)}") from None


def _origin(error: BaseException) -> BaseException:
    found = getattr(error, "orig", None) or error.__cause__
    return _origin(found) if isinstance(found, BaseException) else error


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{lines[0]:.200}" if lines else type(error).__name__


@contextlib.contextmanager
def _calm() -> Iterator[None]:
    """Let Optuna not warn of what it calls experimental, and is used on purpose."""
    import optuna

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def trial_folder(place: str, study: str) -> Path:
    """Folder for the networks of the best trials: beside a journal file; for a database, among the user's own files."""
    if not is_url(place):
        return Path(f"{place}.trials")
    from nnstudio.project import known_projects

    key = hashlib.sha256(f"{place}\n{study}".encode()).hexdigest()[:16]
    return known_projects.place().parent / "sweeps" / key


def default_storage(file: str) -> str:
    """Journal file of a project's study: beside the project."""
    return f"{os.path.splitext(file)[0]}.sweep"
