"""How wide words are drawn, so that a box can be made for them before any browser has seen them.

The widths are the advances of Source Sans 3 at weight 600, the heavier of the two that diagrams use, rounded up; a test
compares them with the font that is shipped. What the table has not is taken to be as wide as it is high.
"""

from functools import cache
from typing import Final

_ADVANCES: Final = {
    200: ' ',
    260: '|¦',
    280: "',.:;ijl·ìíîïĩīĭįıĵĺļ‘’‚",
    300: 'IÌÍÎÏĨĪĬĮİľſ',
    320: '!f¡',
    340: '()-[]{}ł•',
    360: '/\\ª°',
    380: 'rt²³¹ºŕŗřţťŧ',
    420: 'ŀ',
    440: '*sśŝşš',
    460: '?z«®»¿źżž',
    480: 'cçćĉċč–',
    500: '"J_vxyýÿĴŷ“”„†',
    520: '#$+0123456789<=>FLY^aeg~¢£¤¥§¬±×Ýàáâãäåèéêë÷āăąēĕėęěĝğġģĹĻĽĿŶŸ',
    540: 'EVZkÈÉÊËĒĔĖĘĚĳķĸŁŹŻŽ',
    560: 'ASTX`hnou¨¯´¸ÀÁÂÃÄÅðñòóôõöøùúûüĀĂĄĥńņňŋōŏőŚŜŞŠŢŤŦũūŭůűų',
    580: 'CbdpqµÇþĆĈĊČđħĲ',
    600: 'BKPR¶ÞďĶŔŖŘ',
    620: 'ß↑',
    640: '&DGĎĜĞĠĢ',
    660: 'NUÐÑÙÚÛÜĐŃŅŇŊŨŪŬŮŰŲ',
    680: 'HOQÒÓÔÕÖØĤŌŎŐ',
    720: 'Ħ',
    760: 'Mw©ŵ',
    780: 'æ',
    800: 'W¼Ŵ—',
    820: '¾ŉ',
    840: '½Æœ',
    860: '%mŒ',
    880: '@',
    980: '…',
}
"""Characters by their width, in thousandths of the size of the font."""
_WIDTH: Final = {ord(one): width for width, characters in _ADVANCES.items() for one in characters}
_OTHER: Final = 1000


def width_of(text: str, size: float) -> float:
    """The width of a line of text, at most, in the unit of ``size``, the size of the font."""
    return sum(_WIDTH.get(ord(one), _OTHER) for one in text) * size / 1000


@cache
def wrapped(text: str, size: float, width: float, most: int) -> tuple[str, ...]:
    """The text in lines not wider than ``width``, at most so many; what is left out is told by an ellipsis. A word that
    is too wide is cut.
    """
    lines: list[str] = []
    words = text.split()
    while words:
        line = words.pop(0)
        if width_of(line, size) > width:
            kept = _cut(line, size, width)
            words.insert(0, line[len(kept) :])
            line = kept
        while words and width_of(f"{line} {words[0]}", size) <= width:
            line += f" {words.pop(0)}"
        lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and width_of(f"{last} …", size) > width:
            # A word is left out as a whole, where another one stays.
            last = last.rpartition(" ")[0] or last[:-1]
        lines[most - 1 :] = [f"{last} …"]
    return tuple(lines)


def _cut(word: str, size: float, width: float) -> str:
    end = len(word)
    while end > 1 and width_of(word[:end], size) > width:
        end -= 1
    return word[:end]
