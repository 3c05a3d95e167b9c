"""`python -m territory_opt` and the `territory_opt` command."""


def main() -> None:
    """Run the command line."""
    from territory_opt.cli import main as run

    run()


if __name__ == "__main__":
    main()
