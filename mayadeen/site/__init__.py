"""Facts about almayadeen.net: editions, kinds, URL shapes, and all words of its pages by language."""
