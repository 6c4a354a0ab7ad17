"""HTML pages for people: each is one file without network and scripts, whatever text the records have."""
