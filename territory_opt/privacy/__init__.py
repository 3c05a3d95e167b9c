"""Plans that may leave the house: pseudonyms for names, coarse places, and no homes."""

from territory_opt.privacy.plan import Private, privately

__all__ = ["Private", "privately"]
