"""Pages for people to look at: each one file, without network and scripts, whatever stands in the records."""
