"""Web archives: keep the pages of a crawl as WARC, read archives, and extract records from them again."""
