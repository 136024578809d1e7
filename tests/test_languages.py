"""Pages in the language of whoever asks: which one is chosen, what is named in it, and what a fallback says of itself."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from babel.messages.pofile import read_po
from harbour import serving
from hypothesis import given
from hypothesis import strategies as st
from jinja2.ext import babel_extract
from starlette.datastructures import Headers
from whole_site import BROWSER

from wsis_kg.views.languages import ENGLISH, OFFICIAL, direction, primary, title
from wsis_kg.views.register import ID, Register
from wsis_kg.web import translations
from wsis_kg.web.speaking import chosen

WEB = Path(translations.__file__).parent
CATALOGUES = sorted((WEB / "locale").glob("*.po"))
PORTS = "/doc/body/ports"


@pytest.fixture(scope="module")
def site(built_world: Path) -> Iterator[httpx.Client]:
    """The invented world over a real socket, for somebody with a browser."""
    with serving(built_world.parent) as address, httpx.Client(base_url=address, headers={"Accept": BROWSER}) as client:
        yield client


def headers(**values: str) -> Headers:
    return Headers({name.replace("_", "-"): value for name, value in values.items()})


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("zh-TW", "zh"),
        ("de, es;q=0.3", "es"),
        ("de", "en"),
        ("en;q=0.2, ru;q=0.9", "ru"),
        ("fr;q=0, ar;q=0.1", "ar"),
        ("*", "en"),
        ("AR", "ar"),
        ("fr;q=much", "en"),
        ("fr;q=2", "en"),
        (",,;;=,q=1", "en"),
    ],
)
def test_the_language_asked_for_is_the_first_of_ours(accept: str, language: str) -> None:
    """By weight, then by place; a language that is none of the six is passed over."""
    assert chosen(headers(accept_language=accept)) == language


def test_a_choice_comes_before_what_the_browser_says() -> None:
    """The cookie is read if it names one of the six, and passed over else."""
    assert chosen(headers(accept_language="fr", cookie="a=b; language=ru")) == "ru"
    assert chosen(headers(accept_language="fr", cookie="language=de")) == "fr"
    assert chosen(headers(accept_language="fr", cookie='language="; path=/')) == "fr"


@given(st.text(max_size=200), st.text(alphabet=string.printable, max_size=200))
def test_no_header_breaks_it(accept: str, cookie: str) -> None:
    """Whatever somebody sends, one of the six comes out."""
    raw = [(b"accept-language", accept.encode("utf-8")), (b"cookie", cookie.encode("latin-1"))]
    assert chosen(Headers(raw=raw)) in OFFICIAL


def test_a_page_is_in_french_and_names_things_in_french(site: httpx.Client) -> None:
    """Its own words come from the catalogue, the name from a naming; what is neither is marked as English."""
    answer = site.get(PORTS, headers={"Accept-Language": "fr"})
    assert answer.headers["content-language"] == "fr"
    assert '<html lang="fr" dir="ltr">' in answer.text and '<main id="main" tabindex="-1" lang="en"' in answer.text
    assert re.search(r'<h1 lang="fr">Conseil des ports\b', answer.text)
    assert '<p class="meta" lang="en">Council of Ports</p>' in answer.text
    assert "wsis-kg contributors, “Council of Ports”" in answer.text, "it is cited alike in all languages"
    assert re.search(r'<h2 id="brief" lang="fr">En bref</h2>', answer.text)
    assert re.search(r'<a href="\.\./\.\./doc/[^"]+" lang="en">', answer.text), "a name that no source gives in French"
    assert "n’a été relue par personne" in answer.text, "nobody has reviewed it, and it says so"


def test_a_name_in_arabic_runs_from_the_right(site: httpx.Client) -> None:
    """There is no catalogue of Arabic: the page is in English, the name is not, and both say so."""
    text = site.get(PORTS, headers={"Accept-Language": "ar"}).text
    assert '<html lang="en" dir="ltr">' in text
    assert re.search(r'<h1 lang="ar" dir="rtl">مجلس الموانئ', text)
    assert "The words of these pages are in English" in text
    listed = site.get("/doc/body", headers={"Accept-Language": "ar"}).text
    assert re.search(r'<a href="\.\./doc/body/ports" lang="ar" dir="rtl">مجلس الموانئ</a>', listed)


def test_english_stays_as_it_was(site: httpx.Client) -> None:
    """No mark of a language stands on names where English is spoken, but the other names have theirs."""
    text = site.get(PORTS, headers={"Accept-Language": "en"}).text
    assert "<h1>Council of Ports" in text
    assert '<span lang="fr" dir="ltr">Conseil des ports</span>' in text
    assert '<span lang="ar" dir="rtl">مجلس الموانئ</span>' in text


def test_caches_are_told_what_a_page_depends_on(site: httpx.Client) -> None:
    """Two languages have two tags; data are the same for everybody."""
    answers = [site.get(PORTS, headers={"Accept-Language": language}) for language in ("en", "fr", "ar")]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    for answer in answers:
        assert {"Accept", "Accept-Language", "Cookie"} <= set(re.split(r",\s*", answer.headers["vary"]))
        again = site.get(PORTS, headers={"Accept-Language": answer.request.headers["accept-language"],
                                         "If-None-Match": answer.headers["etag"]})  # fmt: skip
        assert again.status_code == 304
    crossed = site.get(PORTS, headers={"Accept-Language": "fr", "If-None-Match": answers[0].headers["etag"]})
    assert crossed.status_code == 200
    data = [site.get(f"{PORTS}.ttl", headers={"Accept-Language": language}) for language in ("en", "fr")]
    assert data[0].headers["etag"] == data[1].headers["etag"] and "Cookie" not in data[0].headers["vary"]


def test_the_switch_leads_back_and_is_remembered(site: httpx.Client) -> None:
    """To the page somebody came from, with all that was chosen there; never to another site."""
    root = str(site.base_url).rstrip("/") + "/"
    came = f"{root}doc/body/ports?x=1"
    with httpx.Client(base_url=root, headers={"Accept": BROWSER}) as client:
        answer = client.get("language/fr", headers={"Referer": came})
        assert (answer.status_code, answer.headers["location"]) == (303, came)
        cookie = answer.headers["set-cookie"].lower()
        assert "language=fr" in cookie and "samesite=lax" in cookie and "httponly" in cookie
        assert client.get("doc/body/ports", headers={"Accept-Language": "ar"}).headers["content-language"] == "fr"
        for other in ("https://evil.example/", root.rstrip("/") + ".evil.example/", "", "//evil.example"):
            assert client.get("language/ru", headers={"Referer": other}).headers["location"] == root


def test_a_language_that_is_none_of_ours_is_refused(site: httpx.Client) -> None:
    """404, with those that there are."""
    answer = site.get("/language/de", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and "French (fr)" in answer.text
    assert "set-cookie" not in answer.headers


def test_the_search_finds_a_name_in_any_language(site: httpx.Client) -> None:
    """In full and abbreviated."""
    for name in ("Conseil des ports", "CDP", "مجلس الموانئ"):
        results = site.get("/search.json", params={"q": name}).json()["results"]
        assert results[0]["iri"] == f"{ID}body/ports", name


def test_of_several_names_the_one_of_the_highest_standing_is_shown() -> None:
    """Then the one without a script in its tag; and English stays where no source gives a name."""
    iri = f"{ID}body/ports"

    def named(name: str, language: str, standing: str, called: str = "name") -> dict[str, str]:
        return {"thing": iri, "name": name, "called": called, "language": language, "standing": f"{ID}authority/{standing}"}

    register = Register(
        [
            {"thing": iri, "name": "Council of Ports", "called": "label"},
            {"thing": iri, "name": "COP", "called": "abbreviation"},
            named("third", "fr", "third-party"),
            named("official", "fr", "official"),
            named("published", "fr", "published"),
            named("hant", "zh-Hant", "official"),
            named("hans", "zh", "third-party"),
            named("CDP", "fr", "third-party", "short name"),
        ]
    )
    french, chinese, russian = (register.in_language(tag) for tag in ("fr", "zh", "ru"))
    assert (french.name(iri), french.short(iri), french.language_of(iri)) == ("official", "CDP", "fr")
    assert (chinese.name(iri), chinese.short(iri), chinese.language_of(iri)) == ("hans", "COP", "zh")
    assert (russian.name(iri), russian.language_of(iri)) == ("Council of Ports", ENGLISH)
    assert register.name(iri) == "Council of Ports", "the register itself is as it was"


def test_tags_say_language_script_and_direction() -> None:
    """As pages use them."""
    assert [primary(tag) for tag in ("zh-Hant", "AR", "fr")] == ["zh", "ar", "fr"]
    assert title("zh-Hant") == "Chinese, traditional characters" and title("ru") == "Russian"
    assert (direction("ar-EG"), direction("zh")) == ("rtl", "ltr")


def messages_of_templates() -> set[object]:
    found: set[object] = set()
    for template in (WEB / "templates").rglob("*.html"):
        with template.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ("_", "gettext", "ngettext"), [], {}):
                if message is not None:
                    parts = (message,) if isinstance(message, str) else tuple(one for one in message if one)
                    found.add(parts[0] if len(parts) == 1 else parts)
    return found


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda file: file.stem)
def test_a_catalogue_is_whole(catalogue: Path) -> None:
    """Each message of the templates is translated, with the same placeholders and the same links."""
    with catalogue.open("rb") as file:
        messages = {message.id: message.string for message in read_po(file, locale=catalogue.stem) if message.id}
    assert messages_of_templates() - set(messages) == set()
    for original, translated in messages.items():
        for one, other in zip(
            original if isinstance(original, tuple) else (original,),
            translated if isinstance(translated, tuple) else (translated,),
            strict=True,
        ):
            assert other, f"“{one}” is not translated"
            for mark in (r"%\(\w+\)s", r'href="[^"]*"', r"</?\w+"):
                assert sorted(re.findall(mark, other)) == sorted(re.findall(mark, one)), one


def test_there_is_a_catalogue_of_french() -> None:
    """The test above would pass without any."""
    assert [file.stem for file in CATALOGUES] == ["fr"]
    assert translations.words_in("fr") == "fr" and translations.words_in("ru") == ENGLISH
    assert translations.is_reviewed(ENGLISH) and not translations.is_reviewed("fr")
