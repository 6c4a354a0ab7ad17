"""Programs for maintainers, which no installed package has."""
