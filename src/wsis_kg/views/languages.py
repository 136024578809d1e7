"""The six official languages of the United Nations, and what a tag of a language says."""

from typing import Final

ENGLISH: Final = "en"
OFFICIAL: Final[dict[str, tuple[str, str]]] = {
    "ar": ("Arabic", "العربية"),
    "zh": ("Chinese", "中文"),
    "en": ("English", "English"),
    "fr": ("French", "Français"),
    "ru": ("Russian", "Русский"),
    "es": ("Spanish", "Español"),
}
"""By tag (BCP 47): what each is called in English and in itself, in the order of the United Nations."""
_FROM_RIGHT: Final = frozenset({"ar"})
_SCRIPTS: Final = {"hant": "traditional characters"}


def primary(tag: str) -> str:
    """The language of a tag, without script and region: ``zh`` of ``zh-Hant``."""
    return tag.partition("-")[0].lower()


def title(tag: str) -> str:
    """What a language is called in English, with its script where the tag has one."""
    language, _, script = tag.partition("-")
    name = OFFICIAL.get(language.lower(), (language, ""))[0]
    return f"{name}, {_SCRIPTS.get(script.lower(), script)}" if script else name


def direction(tag: str) -> str:
    """The direction in which a language is written, as HTML has it: ``rtl`` or ``ltr``."""
    return "rtl" if primary(tag) in _FROM_RIGHT else "ltr"
