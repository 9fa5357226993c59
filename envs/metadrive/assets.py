"""What MetaDrive needs on disk before it starts.

Its engine downloads some hundred megabytes of textures on first use. They are for pictures in three
dimensions only: physics, lidar and the view from above need none, so where they are missing two
placeholders satisfy its check and nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

from teaching import UserError

_TEXTURE = Path("textures/grass1/GroundGrassGreen002_COL_1K.jpg")


def prepare_assets() -> Path:
    """Write the placeholders that are missing; calling it again changes nothing.

    Returns:
        MetaDrive's assets folder.

    Raises:
        UserError: MetaDrive is not installed, or its folder cannot be written.

    """
    assets = _package_folder() / "assets"
    from metadrive.version import VERSION

    try:
        if not (assets / _TEXTURE).exists():
            _write_whole(assets / _TEXTURE, "")
        version = assets / "version.txt"
        if not version.exists() or version.read_text().strip() != VERSION:
            _write_whole(version, VERSION)
    except OSError as error:
        raise UserError(
            f"MetaDrive's assets folder {assets} cannot be written ({error.strerror}); "
            "make it writable once, or run: python -m metadrive.pull_asset"
        ) from error
    return assets


def _package_folder() -> Path:
    spec = importlib.util.find_spec("metadrive")
    if spec is None or spec.origin is None:
        raise UserError(
            "MetaDrive is not installed; pip install -e '.[metadrive]' (Python 3.11, this is "
            f"{sys.version_info.major}.{sys.version_info.minor})"
        )
    return Path(spec.origin).parent


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
