"""The files of a model: which are safe to load, and the digests that identify the model."""

import hashlib
from pathlib import Path

from corpus.errors import ModelError

# The files of a model that are used. Pickled weights and code are never fetched or loaded.
SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def config_sha256(folder: Path) -> str:
    """The SHA-256, in hexadecimal, of the paths and bytes of the model's files other than its weights.

    These define the pooling, prompts and tokenizer; each changes the vectors as other weights would.
    """
    digest = hashlib.sha256()
    found = {path for pattern in SAFE_FILES for path in folder.rglob(pattern) if path.is_file()}
    names = {path.relative_to(folder).as_posix(): path for path in found}
    for name in sorted(names):
        # In hidden folders the hub's library keeps notes on its downloads.
        if not name.endswith(".safetensors") and not f"/{name}".count("/."):
            data = names[name].read_bytes()
            digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()


def files_sha256(folder: Path, ending: str = ".safetensors") -> str:
    """The SHA-256, in hexadecimal, of a whole model: of its weights and of its other files.

    Raises:
        ModelError: if it has no weights.
    """
    both = weights_sha256(folder, ending) + config_sha256(folder)
    return hashlib.sha256(both.encode()).hexdigest()


def check_recorded(name: str, sha256: str, expected: str) -> None:
    """Refuse a model whose files are not the recorded ones.

    Raises:
        ModelError: if they are not.
    """
    if sha256 != expected:
        raise ModelError(
            f"The files of {name} are not the recorded ones (SHA-256 {sha256[:12]}…, not "
            f"{expected[:12]}…) and were not loaded. Reinstall corpus-qa."
        )


def weights_sha256(folder: Path, ending: str = ".safetensors") -> str:
    """The SHA-256, in hexadecimal, of the model's files with this extension, in the order of their paths.

    Raises:
        ModelError: if there are none.
    """
    files = sorted(folder.rglob(f"*{ending}"))
    if not files:
        raise ModelError(f"The model folder {str(folder)!r} holds no {ending} file.")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
