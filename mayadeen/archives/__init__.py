"""Web archives: keep pages, read them again."""
