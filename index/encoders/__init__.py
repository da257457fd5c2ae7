"""Encoders that turn text into vectors, and the conversion of a model to ONNX."""

from typing import TYPE_CHECKING

from corpus._runtime import exported

if TYPE_CHECKING:
    from index.encoders.load import (
        DEFAULT_ENCODER,
        DEFAULT_SHA256,
        encoder_folder,
        encoder_for,
        load_encoder,
        model_folder,
    )
    from index.encoders.model_files import check_recorded, file_sha256, files_sha256, weights_sha256
    from index.encoders.onnx_graphs import INPUTS, fuse, load_onnxruntime, session, trace

__all__ = [
    "DEFAULT_ENCODER",
    "DEFAULT_SHA256",
    "INPUTS",
    "check_recorded",
    "encoder_folder",
    "encoder_for",
    "file_sha256",
    "files_sha256",
    "fuse",
    "load_encoder",
    "load_onnxruntime",
    "model_folder",
    "session",
    "trace",
    "weights_sha256",
]

_HOMES = {
    "index.encoders.load": (
        "DEFAULT_ENCODER",
        "DEFAULT_SHA256",
        "encoder_folder",
        "encoder_for",
        "load_encoder",
        "model_folder",
    ),
    "index.encoders.model_files": (
        "check_recorded",
        "file_sha256",
        "files_sha256",
        "weights_sha256",
    ),
    "index.encoders.onnx_graphs": (
        "INPUTS",
        "fuse",
        "load_onnxruntime",
        "session",
        "trace",
    ),
}

__getattr__, __dir__ = exported(globals(), _HOMES)
