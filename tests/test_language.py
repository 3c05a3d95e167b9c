"""The catalogue of sentences: nothing is missing, nothing is left over, and numbers read as they should."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

import territory_opt as to
from territory_opt.language import ENGLISH, FRENCH, LANGUAGES, Language, language_of

PACKAGE = Path(to.__file__).parent
#: Words that are the same in both languages.
SAME = {"unit.accounts.one", "term.travel"}
#: Kinds whose keys are put together from a word of the facts.
BY_WORD = ("measure.", "term.", "unit.", "method.", "quota_line.", "status.", "clash.", "count.", "load.")


def gaps(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def used() -> set[str]:
    """Keys that appear in the code and in the templates."""
    paths = [*PACKAGE.rglob("*.py"), *(PACKAGE / "pages" / "templates").glob("*.html")]
    texts = [path.read_text("utf-8") for path in paths if "language" not in path.parts]
    return {key for text in texts for key in re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', text)}


@pytest.mark.parametrize("language", [*LANGUAGES.values()], ids=lambda language: language.code)
def test_every_language_has_every_sentence_with_the_same_gaps(language: Language) -> None:
    assert set(language.sentences) == set(ENGLISH.sentences)
    for key, sentence in ENGLISH.sentences.items():
        assert gaps(language.sentences[key]) == gaps(sentence), key
        assert language.sentences[key].strip(), key


def test_nothing_is_left_in_english() -> None:
    alike = {key for key, said in FRENCH.sentences.items() if said == ENGLISH.sentences[key]}
    bare = {key for key in alike if not re.search("[a-z]{2}", re.sub(r"{[^}]*}", "", FRENCH.sentences[key]))}
    assert alike - bare <= SAME


def test_no_sentence_is_left_over() -> None:
    spoken = used()
    reasons = {f"reason.{word}" for word in spoken}
    unused = {key for key in ENGLISH.sentences if not key.startswith(BY_WORD) and key not in spoken | reasons}
    assert unused <= {"sheet.region", "sheet.manager", "list.and"}  # by the name of the column; in the room


def test_every_sentence_that_is_said_is_there() -> None:
    paths = [*PACKAGE.rglob("*.py"), *(PACKAGE / "pages" / "templates").glob("*.html")]
    said = {key for path in paths for key in re.findall(r'\bsay\(\s*"([a-z_.]+)"', path.read_text("utf-8"))}
    assert len(said) > 50
    assert not {key for key in said if not {key, f"reason.{key}"} & ENGLISH.sentences.keys()}


@pytest.mark.parametrize(
    ("value", "digits", "signed", "english", "french"),
    [
        (1234567.891, 2, False, "1,234,567.89", "1\u202f234\u202f567,89"),
        (-1234.5, 1, True, "−1,234.5", "−1\u202f234,5"),
        (12.0, 0, True, "+12", "+12"),
        (-0.4, 0, True, "0", "0"),
        (0.001, 2, False, "0.00", "0,00"),
        (float("nan"), 0, False, "–", "–"),
        (float("inf"), 0, False, "–", "–"),
    ],
)
def test_numbers(value: float, digits: int, signed: bool, english: str, french: str) -> None:
    assert ENGLISH.number(value, digits, signed=signed) == english
    assert FRENCH.number(value, digits, signed=signed) == french


def test_shares_days_and_nouns() -> None:
    assert (ENGLISH.percent(0.123, 1), FRENCH.percent(0.123, 1)) == ("12.3\u00a0%", "12,3\u00a0%")
    days = date(2026, 1, 1), date(2026, 8, 14)
    assert [ENGLISH.date(day) for day in days] == ["1 January 2026", "14 August 2026"]
    assert [FRENCH.date(day) for day in days] == ["1er janvier 2026", "14 août 2026"]
    assert [ENGLISH.counted(n, "account") for n in (0, 1, 2)] == ["0 accounts", "1 account", "2 accounts"]
    assert [FRENCH.counted(n, "account") for n in (0, 1, 2)] == ["0 compte", "1 compte", "2 comptes"]


def test_a_name_is_a_name_whatever_braces_it_has() -> None:
    assert ENGLISH.say("reason.leaving", owner="{0.__class__} {x}") == "{0.__class__} {x} is leaving"


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(to.PolicyError, match="no language 'de'"):
        language_of("de")
