"""The `mayadeen` command: `scrapy` with this project's settings, from any folder."""

import os
from pathlib import Path

from scrapy.cmdline import execute
from scrapy.utils.conf import closest_scrapy_cfg


def main() -> None:
    """Run a command such as `mayadeen crawl articles -a limit=50`.

    Without a `scrapy.cfg` in this folder or above it, the data folder is `data` in this folder. Set
    `MAYADEEN_DATA_DIR` to choose another.
    """
    os.environ.setdefault("SCRAPY_SETTINGS_MODULE", "mayadeen.settings")
    if not closest_scrapy_cfg():
        os.environ.setdefault("MAYADEEN_DATA_DIR", str(Path.cwd() / "data"))
    execute()


if __name__ == "__main__":
    main()
