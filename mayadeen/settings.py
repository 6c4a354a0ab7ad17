"""Settings of the project. After each value: Scrapy's default, and why this one differs.

Change a setting for one run with ``-s NAME=VALUE``. The project's own settings come last and start with ``MAYADEEN_``.
The environment can set those too.
"""

from __future__ import annotations

import os

import mayadeen

BOT_NAME = "mayadeen"
SPIDER_MODULES = ["mayadeen.spiders"]
NEWSPIDER_MODULE = "mayadeen.spiders"
COMMANDS_MODULE = "mayadeen.commands"  # default: none. The exit status of `crawl` says how a run ended.

# --- politeness -------------------------------------------------------------------------------------------------------
# DOWNLOAD_DELAY, AUTOTHROTTLE_ENABLED and CONCURRENT_REQUESTS_PER_DOMAIN set the speed.

ROBOTSTXT_OBEY = True  # default: False. What the site forbids is not fetched.
USER_AGENT = mayadeen.CRAWLER  # default: Scrapy's. MAYADEEN_CONTACT is added to it. Never a browser's name.
ROBOTSTXT_USER_AGENT = "mayadeen"  # default: the user agent. The product token in robots.txt has no version.
DOWNLOAD_DELAY = 1  # default: 0. A hasty reader opens one page a second.
DOWNLOAD_DELAY_JITTER = 0.5  # as default: delays between half and one and a half times DOWNLOAD_DELAY.
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default: 8. There is one site, and it gets one request at a time.
CONCURRENT_REQUESTS = 16  # as default. It limits the value above.
AUTOTHROTTLE_ENABLED = True  # default: False. A slow site gets fewer requests.
AUTOTHROTTLE_START_DELAY = 1  # default: 5. DOWNLOAD_DELAY is polite enough to start with.
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0  # as default.
DOWNLOADER = (
    "mayadeen.politeness.handler.Downloader"  # default: Scrapy's. This one throttles all runs of a data folder.
)
DOWNLOAD_HANDLERS = {  # applies Retry-After, and waits just before the request is sent.
    "http": "mayadeen.politeness.handler.Handler",
    "https": "mayadeen.politeness.handler.Handler",
}
COOKIES_ENABLED = False  # default: True. Pages are the same for all readers.
REFERRER_POLICY = "scrapy.spidermiddlewares.referer.SameOriginPolicy"  # default: other hosts get the URL too.
DEFAULT_REQUEST_HEADERS = {  # default: always asks for English, which is wrong for the other editions.
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

# --- downloads --------------------------------------------------------------------------------------------------------

DOWNLOAD_VERIFY_CERTIFICATES = True  # default: False. A record must come from the site.
DOWNLOAD_TIMEOUT = 60  # default: 180. A slower answer is an error, and the request is repeated.
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024  # default: 1 GiB. Pages have a few hundred kB. A video by mistake is cancelled.
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024  # default: 32 MiB.
RETRY_TIMES = 2  # as default: three attempts in all.
RETRY_HTTP_CODES = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 530]
# default: without 425 and most of Cloudflare's codes from 520 to 530, which mean that the server behind it failed.
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # default: ERROR. The spider logs each failed page once, with its reason.
REDIRECT_MAX_TIMES = 5  # default: 20. Articles move once or twice. More is a loop.
METAREFRESH_ENABLED = False  # default: True. A news page that reloads itself is not a redirect.
URLLENGTH_LIMIT = 0  # default: 2083, beyond which requests vanish. Encoded Arabic addresses are long.
SCHEDULER = "mayadeen.crawling.scheduler.CrawlScheduler"
# default: queues by priority, and a filter that drops repeated requests without telling the spider. Ours gives out few
# requests at a time, so that a run stops exactly at its limit, and each URL gets an outcome.
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops requests without a signal to the spider
    "mayadeen.politeness.offsite.OffsiteMiddleware": 50,  # instead of it: the spider gets an error, and counts it
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # treats a failing robots.txt as permission
    "mayadeen.politeness.robots.RobotsMiddleware": 100,  # instead of it: by RFC 9309
    "mayadeen.extraction.encodings.EncodingMiddleware": 580,  # after unpacking, before any reader
    "mayadeen.politeness.blocking.BlockingMiddleware": 570,  # before retries, which cannot wait
    "mayadeen.rendering.middleware.RenderingMiddleware": 840,  # answers in place of a download
    "mayadeen.crawling.prefetched.PrefetchedMiddleware": 950,  # last: reuses pages read for a name
}

# --- browser ----------------------------------------------------------------------------------------------------------

PLAYWRIGHT_BROWSER_PROVIDER = "mayadeen.rendering.browser.LazyProvider"
# default: scrapy-playwright's, which starts a Node process with every crawl. Ours starts it with the browser, and takes
# the network from the browser, whatever the options below say.
PLAYWRIGHT_LAUNCH_OPTIONS = {  # default: Ctrl-C ends the browser at once. Here it ends the crawl, which closes it last.
    "handle_sigint": False,
    "handle_sigterm": False,
    "handle_sighup": False,
}

# --- spiders ----------------------------------------------------------------------------------------------------------

WARN_ON_GENERATOR_RETURN_VALUE = False  # default: True, which parses the callback's source at every response.

SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # depth says nothing here: articles free the next page
}

# --- items and feeds --------------------------------------------------------------------------------------------------

CONCURRENT_ITEMS = 1
# default: 100. Scrapy makes that number of tasks at every response, for a fifth of the run's CPU time. A page gives one
# record. While it waits for its pictures, other pages go on.
ITEM_PIPELINES = {
    "mayadeen.pipelines.identify.Identify": 100,  # before the costly ones: one record an article
    "mayadeen.pipelines.validate.Validate": 200,  # nothing is written that breaks the schema
    "mayadeen.pipelines.images.Images": 300,  # after what drops records: no picture is fetched for those
    "mayadeen.pipelines.write.Write": 900,  # last: what it passes on is whole and written
}
IMAGES_EXPIRES = 36500  # default: 90 days. A picture keeps its address for ever: what is on disk is not fetched again.
MEDIA_ALLOW_REDIRECTS = True  # default: False. Pictures move as pages do, within the same hosts.
FEED_EXPORT_ENCODING = "utf-8"  # default: None, which escapes everything that is not ASCII.
FEED_EXPORTERS = {
    "csv": "mayadeen.storage.exporters.ArticleCsvExporter"
}  # default: lists and nested values as Python text.

# --- extensions -------------------------------------------------------------------------------------------------------

TELNETCONSOLE_ENABLED = False  # default: True. It runs code sent to a port.
REMOTE_CONTROL_ENABLED = False  # default: True. It runs code sent to a port.
EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,  # not imported either
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.logstats.LogStats": None,  # replaced by Progress
    "scrapy.extensions.feedexport.FeedExporter": None,  # replaced by FeedExport
    "mayadeen.archives.recorder.ArchiveRecorder": 10,  # first to see a response, last to close
    "mayadeen.monitoring.feed_export.FeedExport": 0,  # a run that is refused leaves an -O file as it is
    "mayadeen.monitoring.progress.Progress": 500,
    "mayadeen.monitoring.drift_alert.DriftAlert": 505,  # before RunResultExtension, which names its alerts
    "mayadeen.monitoring.run_result.RunResultExtension": 510,
    "mayadeen.monitoring.report.Report": 520,  # after RunResultExtension, which decides the exit status
    "mayadeen.monitoring.metrics.Metrics": 530,  # after Report, which counts, and may end a run otherwise
}

# --- log --------------------------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"  # default: DEBUG, a line and a whole record for every article.
LOG_FORMATTER = "mayadeen.monitoring.logformatter.LogFormatter"  # default: prints whole records with errors.
LOG_VERSIONS: list[str] = []  # default: a dozen libraries, at every start.

# --- the project's own ------------------------------------------------------------------------------------------------
# The environment sets them for every run on a machine. It also reaches jobs of Scrapyd, which no scrapy.cfg does.

MAYADEEN_BASE_URL = os.getenv("MAYADEEN_BASE_URL")
"""Base URL of the crawled edition, such as a mirror or a local server. Default: the public host of the edition."""

MAYADEEN_DATA_DIR = os.getenv("MAYADEEN_DATA_DIR", "data")
"""Data folder. A relative path starts at the folder of ``scrapy.cfg``. Without such a file, as under Scrapyd, the path
must be absolute."""

MAYADEEN_LOCK_WAIT = os.getenv("MAYADEEN_LOCK_WAIT", "0")
"""Seconds to wait for a data folder that another run writes to. Then the run ends with exit 1."""

MAYADEEN_CONTACT = os.getenv("MAYADEEN_CONTACT")
"""Mail address or web page of the operator, for the user agent: ``mayadeen/0.1.0 (+CONTACT)``."""

MAYADEEN_MAX_REJECT_SHARE = os.getenv("MAYADEEN_MAX_REJECT_SHARE", "0.01")
"""Share of rejects among all records above which a run exits with 3, if there are at least 5 rejects."""

MAYADEEN_IMAGES = os.getenv("MAYADEEN_IMAGES", "False")
"""Whether to fetch the original images of articles into ``images/`` of the data folder."""

MAYADEEN_CSV_BOM = os.getenv("MAYADEEN_CSV_BOM", "False")
"""Whether CSV files begin with a byte order mark. Excel reads them as UTF-8 only then."""

MAYADEEN_WARC = os.getenv("MAYADEEN_WARC", "False")
"""Keep every response in ``warc/`` of the data folder, as WARC 1.1."""

MAYADEEN_CHROMIUM = os.getenv("MAYADEEN_CHROMIUM", "/usr/bin/chromium")
"""Browser for listings that load more by script. It starts with the first such listing."""

MAYADEEN_MAX_CRAWL_DELAY = os.getenv("MAYADEEN_MAX_CRAWL_DELAY", "60")
"""Seconds between two requests at most, whatever Crawl-delay or Request-rate of robots.txt ask for."""

MAYADEEN_MAX_RETRY_AFTER = os.getenv("MAYADEEN_MAX_RETRY_AFTER", "3600")
"""Seconds. A Retry-After that asks for a longer wait ends the run with exit 3. The last line says until when."""

MAYADEEN_BACKOFF = os.getenv("MAYADEEN_BACKOFF", "30")
"""Seconds to wait after a refusal without a time (429, 503, a failing robots.txt, a challenge). The wait doubles each
time, up to ``MAYADEEN_MAX_RETRY_AFTER``."""

MAYADEEN_MAX_REQUESTS = os.getenv("MAYADEEN_MAX_REQUESTS")
"""Maximum number of requests in a run, of any kind. Then it ends with exit 3. Default: no maximum."""

MAYADEEN_CRAWL_HOURS = os.getenv("MAYADEEN_CRAWL_HOURS")
"""Hours to crawl in, with a zone: ``22:00-06:00 Asia/Beirut``. Outside them the run waits. Default: always."""

MAYADEEN_SCHEDULE = os.getenv("MAYADEEN_SCHEDULE")
"""Name of the schedule that started the run. Its metrics are separate from those of runs by hand."""
