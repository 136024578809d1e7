"""Options that several commands share."""

import os
from pathlib import Path

import click


def _default_data() -> Path:
    import platformdirs

    return Path(os.environ.get("WSIS_KG_DATA") or platformdirs.user_data_dir("wsis-kg")).expanduser()


data_option = click.option(
    "--data",
    "data_home",
    type=click.Path(file_okay=False, path_type=Path),
    default=_default_data,
    show_default="WSIS_KG_DATA, else the user's data folder",
    help="Where builds of the dataset are kept.",
)
