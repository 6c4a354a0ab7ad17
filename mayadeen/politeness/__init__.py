"""Between the spiders and the network: rate limits, robots.txt, and when the site refuses."""
