"""The command line: each verb is a thin skin over one function of the library.

Heavy imports happen inside the verbs, so that `--help` stays quick.
"""

from __future__ import annotations

import sys

# Each module adds its verbs to the application, in the order in which help lists them.
from territory_opt.cli import (  # noqa: F401
    crm,
    facts,
    fairness,
    files,
    force,
    plans,
    publish,
    pull,
    quota,
    reasons,
    stores,
    territories,
    uncertainty,
    whatif,
)
from territory_opt.cli.application import BUG, FAULT, app
from territory_opt.cli.terminal import complain, complain_of, printable, speak_unicode
from territory_opt.errors import DataError, InternalError, PolicyError, TerritoryError


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; always ends in SystemExit."""
    speak_unicode()
    try:
        app(args=arguments, prog_name="territory_opt")
    except InternalError as error:
        complain(f"internal error: {error}. This is a bug of territory_opt; please report it.")
        sys.exit(BUG)
    except (DataError, PolicyError) as error:
        complain_of([issue for issue in error.issues if issue.table] or [])
        for issue in error.issues:
            if not issue.table:
                complain(f"error: {printable(issue.fault)}")
        sys.exit(FAULT)
    except TerritoryError as error:
        complain(f"error: {printable(str(error))}")
        sys.exit(FAULT)
    except OSError as error:
        complain(f"error: {error.filename or 'file'}: {error.strerror or error}")
        sys.exit(FAULT)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)
