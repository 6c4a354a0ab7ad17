"""What is added to the `scrapy` command."""
