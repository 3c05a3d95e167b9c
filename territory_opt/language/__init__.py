"""The languages that people read plans in: our sentences, numbers and dates."""

from territory_opt.language.languages import ENGLISH, FRENCH, LANGUAGES, Language, language_of

__all__ = ["ENGLISH", "FRENCH", "LANGUAGES", "Language", "language_of"]
