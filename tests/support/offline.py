"""Hugging Face's libraries without network, and with a cache that is gone with the tests."""

import os
from tempfile import TemporaryDirectory

_CACHE = TemporaryDirectory(prefix="huggingface-")
os.environ |= {
    "HF_HOME": _CACHE.name,
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}

import datasets  # noqa: E402 - reads the environment when it is imported
import huggingface_hub  # noqa: E402

__all__ = ["datasets", "huggingface_hub"]
