"""`scrapy doctor`: whether the site is what the crawler expects."""
