"""The version of a dataset: the package version and a hash of all that it is made from."""

import hashlib

from wsis_kg.holdings import package_version
from wsis_kg.workshop.inputs import Inputs


def version(inputs: Inputs) -> str:
    """``<package version>-<first 12 hex digits of the SHA-256 of all inputs>``.

    The hash runs over the name and the bytes of each file in a fixed order, so a changed, added, renamed or removed
    input is a new version, and the
    clock plays no part.
    """
    digest = hashlib.sha256()
    for name, path in inputs.files():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return f"{package_version()}-{digest.hexdigest()[:12]}"
