"""Where the folders that ship with the package are: beside it in a checkout, inside it in a wheel."""

from importlib.resources import files
from pathlib import Path


def root(name: str) -> Path:
    """contracts/ or scenarios/: inside the installed package, or at the top of a checkout."""
    package = Path(str(files("paydouble")))
    inside, checkout = package / "_shipped" / name, package.parent.parent / name
    return inside if inside.is_dir() else checkout
